"""Expressions over measures: `t95_h > 72 and complaints > 500`, `max(0, customer_hours - 1000)`.

A text is read with Python's own parser and then has to consist of nothing but what stands below; the tree is walked
here and never compiled, so that no text can run code:

    numbers, names of measures, + - * /, min max abs, < <= > >= == !=, and or not, brackets

Comparisons and what joins them are true or false, everything else is a number; the two are never mixed. A value that
has no meaning in a storm (nan) makes everything unknown that rests on it; `and` and `or` stop at the first part that
decides, so that `calls > 0 and complaints / calls > 2` never divides by zero.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

LONGEST = 400
DEEPEST = 20
EXPRESSION_FORM = "numbers, names of measures, + - * /, min, max, abs, comparisons, and, or, not"
_LARGEST = 1e15
_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}
Kind = Literal["truth", "number"]


@dataclass(frozen=True)
class Expression:
    """A text that was read: `kind` says whether it is true or false, or a number; `names` are those it uses."""

    text: str
    kind: Kind
    names: frozenset[str]
    _tree: ast.expr

    def __call__(self, values: Mapping[str, float]) -> float:
        """Return its value: 1 or 0 of a truth, nan where it rests on a value without meaning.

        Raises
        ------
        ZeroDivisionError, and OverflowError for a number beyond all measure.
        """
        result = _value(self._tree, values)
        if math.isinf(result):
            raise OverflowError(self.text)
        return result


def parse(text: str, kind: Kind) -> Expression:
    """Return the expression that a text states.

    Raises
    ------
    ValueError saying what is wrong, also for a text of more than 400 characters or 20 levels.
    """
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters; these are {len(text):,}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's parser warns of texts such as `1or 2`
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(f"not understood; it may hold {EXPRESSION_FORM}") from None
    names: set[str] = set()
    found = _check(tree, names, 0)
    if found != kind:
        need = "a comparison is needed here, such as t95_h > 72" if kind == "truth" else "a number is needed here"
        raise ValueError(f"{need}; this is {_called(found)}")
    return Expression(text, kind, frozenset(names), tree)


def _check(node: ast.expr, names: set[str], depth: int) -> Kind:
    """Return the kind of a node, all below it being allowed; collects the names."""
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if not abs(number) <= _LARGEST:
                raise ValueError(f"numbers are at most {_LARGEST:.0e}")
            return "number"
        case ast.Name(id=name):
            names.add(name)
            return "number"
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _all("number", [operand], names, depth)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _all("truth", [operand], names, depth)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            if isinstance(op, ast.Div) and isinstance(right, ast.Constant) and right.value == 0:
                raise ValueError("division by zero")
            return _all("number", [left, right], names, depth)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARE for op in ops):
            _all("number", [left, *others], names, depth)
            return "truth"
        case ast.BoolOp(values=parts):
            return _all("truth", parts, names, depth)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            if (len(args) != 1) if name == "abs" else (len(args) < 2):
                raise ValueError(f"{name} takes {'one number' if name == 'abs' else 'two numbers or more'}")
            return _all("number", args, names, depth)
    raise ValueError(f"'{ast.unparse(node)[:30]}' may not stand here; allowed are {EXPRESSION_FORM}")


def _all(kind: Kind, nodes: Sequence[ast.expr], names: set[str], depth: int) -> Kind:
    for node in nodes:
        found = _check(node, names, depth + 1)
        if found != kind:
            raise ValueError(f"'{ast.unparse(node)[:30]}' is {_called(found)} where {_called(kind)} is needed")
    return kind


def _called(kind: Kind) -> str:
    return "a comparison" if kind == "truth" else "a number"


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return float(values[name])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return 1.0 - _value(operand, values)
        case ast.UnaryOp(op=op, operand=operand):
            return -_value(operand, values) if isinstance(op, ast.USub) else _value(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            return _ARITHMETIC[type(op)](_value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            numbers = [_value(part, values) for part in (left, *others)]
            if any(math.isnan(number) for number in numbers):
                return math.nan
            pairs = zip(ops, numbers[:-1], numbers[1:], strict=True)
            return float(all(_COMPARE[type(op)](a, b) for op, a, b in pairs))
        case ast.BoolOp(op=op, values=parts):
            return _joined(parts, 0.0 if isinstance(op, ast.And) else 1.0, values)
        case ast.Call(func=ast.Name(id=name), args=args):
            numbers = [_value(part, values) for part in args]
            return math.nan if any(math.isnan(number) for number in numbers) else _FUNCTIONS[name](*numbers)
    raise AssertionError(node)  # _check lets nothing else through


def _joined(parts: Sequence[ast.expr], deciding: float, values: Mapping[str, float]) -> float:
    """Return `and` (0 decides) or `or` (1 decides) of three-valued parts."""
    result = 1.0 - deciding
    for part in parts:
        found = _value(part, values)
        if found == deciding:
            return deciding
        if math.isnan(found):
            result = found
    return result
