"""Running evaluation steps on an explicit stack: a chain of thousands of stages is no deeper for Python than one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

Step: TypeAlias = Generator[Any, Any, Any]


class StepLimitError(Exception):
    """The evaluation took more steps than it is allowed."""


class DepthLimitError(Exception):
    """The evaluation nests deeper than it is allowed."""


def run(root: Step, spend: Callable[[int], None], max_depth: int = 150_000) -> Any:
    """The result of a step that yields the steps it waits for.

    An exception travels up through the waiting steps, which may catch it. `spend` is called with the number of steps
    begun since the last call and may raise.
    """
    stack: list[Step] = [root]
    value: Any = None
    error: BaseException | None = None
    begun = 0
    while stack:
        top = stack[-1]
        try:
            if error is not None:
                waiting, error = error, None
                child = top.throw(waiting)
            else:
                child = top.send(value)
        except StopIteration as stop:
            stack.pop()
            value = stop.value
        except Exception as problem:
            stack.pop()
            if not stack:
                raise
            error = problem
        else:
            stack.append(child)
            value = None
            begun += 1
            if begun == 1024:
                if len(stack) > max_depth:
                    _close(stack)
                    raise DepthLimitError
                try:
                    spend(begun)
                except BaseException:
                    _close(stack)
                    raise
                begun = 0
    return value


def _close(stack: list[Step]) -> None:
    """Ends the waiting steps from the innermost outwards; each holds no other by then."""
    while stack:
        stack.pop().close()
