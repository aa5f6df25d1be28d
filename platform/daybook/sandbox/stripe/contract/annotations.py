"""The SDK's annotations as small tuples: ("opt", x), ("arr", x), ("lit", [values]), ("union", [x, y]); else a class.

Most annotations are strings that join classes and strings by `|`, which only a type checker can read. They are
evaluated here with names of our own in place of typing's.
"""

import ast
import importlib
import inspect
import types
import typing
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import typing_extensions

Form = Any  # a tuple as above, or a class
Names = dict[str, Any]


class Tag:
    """`Tag("arr")[x]` is ("arr", x)."""

    def __init__(self, name: str, read: Callable[[Any], Any] = lambda item: item) -> None:
        self.name, self.read = name, read

    def __getitem__(self, item: Any) -> tuple[str, Any]:
        return self.name, self.read(item)


def as_list(item: Any) -> list[Any]:
    return list(item) if isinstance(item, tuple) else [item]


TAGS: Names = {
    "Optional": Tag("opt"),
    "NotRequired": Tag("notreq"),
    "List": Tag("arr"),
    "Dict": Tag("map", lambda item: item[1]),
    "Literal": Tag("lit", as_list),
    "Union": Tag("union", as_list),
    "JoinedByBar": Tag("union", as_list),
    "ExpandableField": Tag("expandable"),
    "ListObject": Tag("list"),
    "SearchResultObject": Tag("list"),
    "UntypedStripeObject": Tag("map"),
}
TYPING: Names = {name: getattr(typing, name) for name in typing.__all__} | {
    "TypedDict": typing_extensions.TypedDict,
    "Required": typing_extensions.Required,
    "Decimal": Decimal,
}


@cache
def imports_of(module_name: str) -> Names:
    """What a module imports by `from … import …`, those for type checkers included."""
    found: Names = {}
    for node in ast.walk(ast.parse(inspect.getsource(importlib.import_module(module_name)))):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        try:
            module = importlib.import_module(node.module)
        except ImportError:  # an HTTP client that is not installed
            continue
        found |= {
            alias.asname or alias.name: getattr(module, alias.name)
            for alias in node.names
            if hasattr(module, alias.name)
        }
    return found


def scope(module_name: str, chain: tuple[type, ...] = ()) -> Names:
    """The names that an annotation of this module may use; `chain` are the classes around it."""
    names = TYPING | imports_of(module_name) | vars(importlib.import_module(module_name))
    for outer in chain:
        names |= {name: value for name, value in vars(outer).items() if inspect.isclass(value)}
    return names | TAGS


class _BarToUnion(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        pair = ast.Tuple([node.left, node.right], ast.Load())
        return ast.Subscript(ast.Name("JoinedByBar", ast.Load()), pair, ast.Load())


def evaluate(text: str, names: Names) -> Form:
    tree = ast.fix_missing_locations(_BarToUnion().visit(ast.parse(text, mode="eval")))
    return eval(compile(tree, "<annotation>", "eval"), names)


def read(annotation: Any, names: Names) -> Form:
    """An annotation, string or object, as a form."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        annotation = evaluate(annotation, names)
    if isinstance(annotation, tuple):
        return annotation
    return _read_object(annotation, names)


def _read_object(annotation: Any, names: Names) -> Form:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        rest = [argument for argument in arguments if argument is not type(None)]
        joined = rest[0] if len(rest) == 1 else ("union", rest)
        return ("opt", joined) if len(rest) < len(arguments) else joined
    if origin is typing_extensions.Required:
        return read(arguments[0], names)
    simple = {list: ("arr", 0), dict: ("map", 1), typing_extensions.NotRequired: ("notreq", 0)}
    if origin in simple:
        tag, place = simple[origin]
        return tag, arguments[place]
    if origin in (typing.Literal, typing_extensions.Literal):
        return "lit", list(arguments)
    generic = {"ListObject": "list", "SearchResultObject": "list", "UntypedStripeObject": "map"}
    name = getattr(origin, "__name__", "")
    return (generic[name], arguments[0]) if name in generic else annotation
