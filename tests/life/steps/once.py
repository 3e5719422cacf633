"""A function that fails at its first call, in a way that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
import inspect
import sys
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

_OURS = "custom_components.linky_meter"


class Once:
    """Stands in for a function that fails at its first call."""

    def __init__(self, real: Callable[..., Any]) -> None:
        """Take the function."""
        self.armed, self.failed = True, False
        self._real = real
        # News each time: what was told of one step hides nothing of the next
        self._kind = type("UnthoughtOfError", (Exception,), {})

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Fail, or do it."""
        if self.armed:
            self.armed, self.failed = False, True
            raise self._kind
        return self._real(*args, **options)

    def __get__(self, owner: object, _: object) -> Callable[..., Any]:
        """Be a method."""
        return self if owner is None else partial(self, owner)


class Step(NamedTuple):
    """A function or method, and where it is."""

    owner: Any
    name: str

    @property
    def label(self) -> str:
        """Return what a test that fails calls it."""
        return f"{self.owner.__name__}.{self.name}"

    @contextmanager
    def failing(self) -> Iterator[Once]:
        """Let it fail once, wherever it was imported."""
        real = vars(self.owner)[self.name]
        once = Once(_function(real))
        stands: Any = once
        if isinstance(real, property):
            stands = property(once)
        elif isinstance(real, classmethod):
            stands = classmethod(once)
        with ExitStack() as stack:
            for owner in [self.owner, *_importers(self.owner, real)]:
                stack.enter_context(patch.object(owner, self.name, stands))
            yield once
            # It may have been bound to something that stays
            once.armed = False


def steps(module: ModuleType) -> Iterator[Step]:
    """Yield each function, method and property that a module defines."""
    for name, found in vars(module).items():
        if getattr(found, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(found):
            yield Step(module, name)
        elif inspect.isclass(found):
            for method, member in vars(found).items():
                function = _function(member)
                # Nothing of ours stands above what a library calls
                theirs = any(method in vars(base) for base in found.__mro__[1:])
                # What a dataclass makes is nobody's step
                if function and not theirs and not method.startswith("__"):
                    yield Step(found, method)


def _function(member: Any) -> Any:
    """Return the function behind a member of a class, None without one."""
    if isinstance(member, property):
        return member.fget
    if isinstance(member, classmethod):
        return member.__func__
    return member if inspect.isfunction(member) else None


def _importers(owner: object, real: object) -> Iterator[ModuleType]:
    """Yield the modules of ours that have a function under its own name too."""
    for name, module in list(sys.modules.items()):
        others = name.startswith(_OURS) and isinstance(owner, ModuleType)
        if others and module is not owner and vars(module).get(_name(real)) is real:
            yield module


def _name(function: object) -> str:
    return str(getattr(function, "__name__", ""))
