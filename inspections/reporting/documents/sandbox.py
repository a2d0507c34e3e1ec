"""The one place that runs a template's own language: jinja2, with everything taken away that isn't needed.

Only plain data goes in (text, numbers, lists, dictionaries), only keys of dictionaries can be asked for, and
nothing can be called. What a person typed is escaped for XML, and for the second pass of docxtpl, which would
turn `{_{` into two braces.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from ...errors import Message, say
from .blocks import clean

OF_A_LOOP = frozenset({"index", "index0", "first", "last", "length"})
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Name, nodes.Getattr, nodes.Const,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
DEEPEST = 2
UNENDED = say("循环或条件没有结束，少了 endfor 或 endif")

__all__ = ["Markup", "Sandbox", "TemplateError", "TemplateSyntaxError", "faults"]


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment without globals, filters, tests or calls. A name that isn't known is an error."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, finalize=_as_text)
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LoopContext) and attribute in OF_A_LOOP:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.undefined(obj=obj, name=argument)

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def _as_text(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    text = "" if value is None else clean(value)
    return Markup(str(escape(text)).replace("_", "&#95;"))  # noqa: S704 - escaped just here


def faults(source: str, known: Mapping[str, Any]) -> Iterator[tuple[int, Message]]:
    """What a template asks for and may not, by line. `known` is a sample of the data that it will be given."""
    try:
        tree = Sandbox().parse(source)
    except TemplateSyntaxError as error:
        is_open = "end of template" in (error.message or "")
        yield error.lineno, UNENDED if is_open else say("模板语句写得不对：{said}", said=error.message or "")
        return
    except RecursionError:
        yield 1, say("循环套得太深：里层只能是外层那一项自己的列表")
        return
    yield from _walk(tree, dict(known), 0)


def _walk(node: nodes.Node, known: dict[str, Any], depth: int) -> Iterator[tuple[int, Message]]:
    if not isinstance(node, ALLOWED):
        what = NAMES.get(type(node), "…")
        yield node.lineno or 1, say("不能使用“{what}”，模板里只能写变量、循环和条件", what=what)
        return
    if isinstance(node, nodes.For):
        yield from _walk_loop(node, known, depth)
        return
    if isinstance(node, nodes.Name | nodes.Getattr):
        yield from _unknown(node, known)
        return
    for child in node.iter_child_nodes():
        yield from _walk(child, known, depth)


NAMES: dict[type[nodes.Node], Message] = {
    nodes.Call: say("函数调用"),
    nodes.Filter: say("过滤器"),
    nodes.Test: say("测试"),
    nodes.Getitem: say("下标"),
    nodes.Macro: say("宏"),
    nodes.CallBlock: say("宏"),
    nodes.Import: say("引入别的文件"),
    nodes.FromImport: say("引入别的文件"),
    nodes.Include: say("引入别的文件"),
    nodes.Extends: say("引入别的文件"),
    nodes.Block: say("区块"),
    nodes.Assign: say("赋值"),
    nodes.AssignBlock: say("赋值"),
    nodes.With: say("赋值"),
    nodes.Scope: say("关闭转义"),
    nodes.Add: say("计算"),
    nodes.Sub: say("计算"),
    nodes.Mul: say("计算"),
    nodes.Div: say("计算"),
    nodes.FloorDiv: say("计算"),
    nodes.Mod: say("计算"),
    nodes.Pow: say("计算"),
    nodes.Concat: say("计算"),
}


def _walk_loop(node: nodes.For, known: dict[str, Any], depth: int) -> Iterator[tuple[int, Message]]:
    """A loop goes over a list of the data; one inside another only over a list of the outer's own item."""
    wrong = list(_unknown(node.iter, known)) if isinstance(node.iter, nodes.Name | nodes.Getattr) else None
    if wrong is None or not isinstance(node.target, nodes.Name) or node.recursive or node.test:
        yield node.lineno, say("循环只能写成“for 名称 in 列表”")
        return
    yield from wrong
    found = None if wrong else _value(node.iter, known)
    if not wrong and not isinstance(found, list):
        yield node.lineno, say("“{name}”不是列表，不能循环", name=_path(node.iter))
    if depth and (depth >= DEEPEST or isinstance(node.iter, nodes.Name)):
        yield node.lineno, say("循环套得太深：里层只能是外层那一项自己的列表")
        return
    item = found[0] if isinstance(found, list) and found else None
    if item is None:
        return
    inside = known | {node.target.name: item, "loop": dict.fromkeys(OF_A_LOOP, 1)}
    for child in (*node.body, *node.else_):
        yield from _walk(child, inside, depth + 1)


def _unknown(node: nodes.Node, known: Mapping[str, Any]) -> Iterator[tuple[int, Message]]:
    try:
        _value(node, known)
    except KeyError:
        yield node.lineno, say("没有“{name}”这个变量", name=_path(node))


def _value(node: nodes.Node, known: Mapping[str, Any]) -> Any:
    if isinstance(node, nodes.Name):
        return known[node.name]
    if isinstance(node, nodes.Getattr):
        holder = _value(node.node, known)
        if isinstance(holder, Mapping):
            return holder[node.attr]
    raise KeyError


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "…"
