"""What can go wrong, in words a person can act on. No status numbers: `webapp.errors` gives them.

A message is kept as template and values until the edge, where it is translated:

>>> str(say("还差 {count} 张照片", count=2))
'还差 2 张照片'
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Message(NamedTuple):
    """A Chinese sentence with named gaps; the template is the key of its translation.

    A value may be a message itself, or a list, which is read out.
    """

    template: str
    values: dict[str, Any]

    def __str__(self) -> str:
        said = {
            name: "、".join(map(str, value)) if isinstance(value, list) else value
            for name, value in self.values.items()
        }
        return self.template.format(**said)


def say(template: str, /, **values: Any) -> Message:
    """A translatable message. The extractor collects every first argument of `say`."""
    return Message(template, values)


class InspectionError(Exception):
    """Root of everything the domain refuses. `message` says what happened and what to do next."""

    message: Message = say("操作没有完成，请稍后再试")

    def __init__(self, message: Message | None = None):
        self.message = message or type(self).message
        super().__init__(str(self.message))


class NotFound(InspectionError):
    """The thing does not exist, or not for this person: the two are not told apart."""

    message = say("没有找到，或者您没有查看的权限")


class Gone(NotFound):
    """It was there and ran out."""

    message = say("上传已过期，手机会自动重新上传")


class Forbidden(InspectionError):
    message = say("您的角色不能做这个操作，请联系本县管理员")


class AccountDisabled(Forbidden):
    """The person may do nothing any more; what the phone still holds has a way of its own (`field.quarantine`)."""

    message = say("账号已停用，请联系本县管理员")


class NotSignedIn(InspectionError):
    message = say("请先登录")


class Invalid(InspectionError):
    """Input that can't be accepted, named field by field. Nothing was changed."""

    message = say("有几处需要修改，已填内容都保留着")

    def __init__(self, fields: Mapping[str, Message] | None = None, message: Message | None = None):
        self.fields = dict(fields or {})
        super().__init__(message or next(iter(self.fields.values()), None))


class Conflict(InspectionError):
    """Someone else's version exists. Both are kept; a person decides."""

    message = say("内容与已有记录不一致，两份都已保留，请核对")


class TooLarge(InspectionError):
    message = say("文件太大")


class UnsupportedMedia(InspectionError):
    message = say("不支持这种文件")


class StorageFull(InspectionError):
    message = say("服务器存储空间已满，内容仍保存在您的手机上，请联系管理员后重试")


class StorageFailed(InspectionError):
    message = say("服务器没能写入磁盘，内容没有被接收，请稍后重试")


class TooManyRequests(InspectionError):
    """`retry_after_s` says when it is worth asking again, where that is known."""

    message = say("操作太频繁，请稍后再试")

    def __init__(self, message: Message | None = None, retry_after_s: int | None = None):
        self.retry_after_s = retry_after_s
        super().__init__(message)
