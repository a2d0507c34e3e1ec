"""The unified social credit code 统一社会信用代码 and the registration number it replaced.

Formulas
    GB 32100-2015 §4.5: 18 characters of a 31-character alphabet; weight Wᵢ = 3^(i−1) mod 31;
    C₁₈ = 31 − (Σ Cᵢ·Wᵢ mod 31), where 31 is written 0.
    GS 15-2006 (registration numbers of 15 digits): ISO 7064 MOD 11,10.

31 is prime and no weight is 0 modulo 31, so one wrong character is always caught, and so is the swap of two
unequal neighbours. MOD 11,10 catches every single wrong digit.
"""

import re
import unicodedata

from ..errors import Message, say

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_RANK = {character: rank for rank, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_SPREADSHEET_NUMBER = re.compile(r"\d(\.\d+)?E\+?\d{2}", re.IGNORECASE)


def normalised(text: str) -> str:
    """Half-width, upper case, without the spaces and dashes people type between groups."""
    return re.sub(r"[\s\-—–_·.]+", "", unicodedata.normalize("NFKC", text)).upper()


def check_digit(first_17: str) -> str:
    """The 18th character for 17 characters of the alphabet (KeyError for any other character)."""
    total = sum(_RANK[c] * w for c, w in zip(first_17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def registration_check_digit(first_14: str) -> str:
    """The 15th digit of an old registration number (ISO 7064 MOD 11,10)."""
    p = 10
    for digit in first_14:
        p = ((p + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - p) % 10)


def fault(text: str) -> Message | None:
    """What is wrong with a code as typed, or None: 18 characters, or 15 digits of an old number."""
    if _SPREADSHEET_NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip()):
        return say("被表格软件写成了科学计数法，原来的数字已经丢失；请把该列设为“文本”后重新填写")
    code = normalised(text)
    if len(code) == 15 and code.isascii() and code.isdigit():
        return _registration_fault(code)
    if len(code) != 18:
        return say("应为 18 位（旧注册号 15 位），现在是 {n} 位", n=len(code))
    return _credit_fault(code)


def _registration_fault(code: str) -> Message | None:
    if registration_check_digit(code[:14]) != code[14]:
        return say("15 位注册号的校验位不对，请核对原件")
    return None


def _credit_fault(code: str) -> Message | None:
    foreign = [c for c in code if c not in _RANK]
    if foreign:
        return say("不应出现字符“{c}”（代码不用字母 I、O、S、V、Z）", c=foreign[0])
    if not code[2:8].isdigit():
        return say("第 3 至 8 位应是登记机关行政区划的 6 位数字")
    if check_digit(code[:17]) == code[17]:
        return None
    if code.isdigit() and code.endswith("000"):
        return say("末三位是 000：表格软件只保留 15 位数字，后三位已丢失；请把该列设为“文本”后重新填写")
    return say("校验位不对：至少有一位写错了，请核对原件")
