"""What numba need not do while it compiles our kernels. The machine code does not change by it.

Each measured on the kernels of a check (the first three a third of their compile time together):

- A helper is optimised and turned into machine code of its own, and again inside of every kernel that
  calls it. Only the latter is ever run: :class:`_Linked` leaves the former out.
- Flags of a compilation are compared and hashed some hundred thousand times, each time through fifty
  properties.
- What a float plus a float is gets found out anew for every plus.
- Before the first kernel, kept or not, numba imports scipy's linear algebra to see whether it is there. No kernel
  of ours asks for it; one that does still finds out when it is compiled.
- A kernel that was kept comes as machine code to run and as bitcode to link others with; the latter is read for
  its names alone, most of the time that the loading takes. :class:`_Loaded` reads it when it is asked for.

All of it builds on inner parts of numba; it is done for the versions it was tested with only, and every other
one compiles the plain way.
"""

from __future__ import annotations

import operator
import sys
from typing import Any, Final

import numba

TESTED: Final = ((0, 68),)
"""Versions of numba whose inner parts are the ones meant here."""

options_of_a_kernel: dict[str, Any] = {}
"""What ``numba.njit`` is given for a function that Python calls."""
options_of_a_helper: dict[str, Any] = {}
"""The same for one that only kernels call."""


def _known() -> bool:
    words = numba.__version__.split(".")[:2]
    return all(word.isdigit() for word in words) and tuple(map(int, words)) in TESTED


def _leave_out() -> None:
    from numba.core import codegen, targetconfig, types
    from numba.core.compiler import CompilerBase, DefaultPassBuilder
    from numba.core.compiler_machinery import FunctionPass, register_pass
    from numba.np import linalg as numba_linalg

    inner: Any = codegen
    linalg: Any = numba_linalg

    class _NoMachineCode:
        """Stands for the code generator where there is no machine code to tell of its environment."""

        def set_env(self, *_: Any) -> None:
            """An environment serves exceptions and objects of Python; helpers know neither."""

    class _Linked(codegen.JITCodeLibrary):  # type: ignore[misc, unused-ignore]
        """A helper as numba lowered it, to be linked into kernels."""

        _whole: Any = None

        @property
        def codegen(self) -> Any:
            return _NoMachineCode()

        def finalize(self) -> None:
            self._raise_if_finalized()
            self._finalize_dynamic_globals()
            self._finalized = True

        def get_pointer_to_function(self, name: str) -> int:
            self._ensure_finalized()
            return 0

        def own_module(self) -> Any:
            """Without the helpers that it calls."""
            return super()._get_module_for_linking()

        def _get_module_for_linking(self) -> Any:
            """For a function compiled the plain way: with all that it calls."""
            if self._whole is None:
                self._whole = self.own_module().clone()
                link_all(self._whole, self)
            return self._whole

    class _Linking(codegen.JITCodeLibrary):  # type: ignore[misc, unused-ignore]
        """A kernel with all helpers, at any remove."""

        def finalize(self) -> None:
            link_all(self._final_module, self)
            self._linking_libraries = []
            super().finalize()

    class _Loaded(codegen.JITCodeLibrary):  # type: ignore[misc, unused-ignore]
        """A compiled function that was kept on disk."""

        _bitcode = b""
        _read: Any = None

        @property
        def _shared_module(self) -> Any:
            """For linking."""
            if self._read is None and self._bitcode:
                self._read = inner.ll.parse_bitcode(self._bitcode)
                self.codegen._engine._load_defined_symbols(self._read)
            return self._read

        @_shared_module.setter
        def _shared_module(self, module: Any) -> None:
            self._read = module

        def get_pointer_to_function(self, name: str) -> int:
            self._ensure_finalized()
            # What Python calls is named in whole in the bitcode, and never only declared.
            if name.startswith("_ZN7cpython") and name.encode() in self._bitcode:
                return int(self.codegen._engine.get_function_address(name))
            # All names of this library are known from here on.
            _ = self._shared_module
            return int(super().get_pointer_to_function(name))

    kept: Any = codegen.JITCodeLibrary
    plain_load: Any = kept._unserialize.__func__

    def load(cls: Any, generator: Any, state: Any) -> Any:
        name, kind, data = state
        if kind != "object" or cls is not kept:
            return plain_load(cls, generator, state)
        library = _Loaded(generator, name)
        library.enable_object_caching()
        library._set_compiled_object(data[0])
        library._finalize_final_module()
        library._bitcode = data[1]
        return library

    def link_all(module: Any, library: Any) -> None:
        found: set[Any] = set()
        waiting = list(library._linking_libraries)
        while waiting:
            other = waiting.pop(0)
            if other not in found:
                found.add(other)
                library._reload_init.update(other._reload_init)
                linked = isinstance(other, _Linked)
                module.link_in(
                    other.own_module() if linked else other._get_module_for_linking(), preserve=True
                )
                waiting += other._linking_libraries if linked else []

    def pipeline(library: type) -> type:
        class _Library(FunctionPass):  # type: ignore[misc, unused-ignore]
            _name = f"immersive{library.__name__.lower()}"

            def __init__(self) -> None:
                super().__init__()

            def run_pass(self, state: Any) -> bool:
                state.library = library(state.targetctx.codegen(), state.func_id.func_qualname)
                state.library.enable_object_caching()
                return False

        register_pass(mutates_CFG=False, analysis_only=True)(_Library)

        class _Compiler(CompilerBase):  # type: ignore[misc, unused-ignore]
            def define_pipelines(self) -> list[Any]:
                passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
                passes.add_pass_after(_Library, passes.passes[0][0])
                passes.finalize()
                return [passes]

        return _Compiler

    config: Any = targetconfig.TargetConfig

    def values(self: Any) -> dict[str, Any]:
        own = self._values
        return {name: own.get(name, option.default) for name, option in self.options.items()}

    def same(self: Any, other: Any) -> Any:
        if self is other:
            return True
        if not isinstance(other, config):
            return NotImplemented
        return self._values == other._values or self.values() == other.values()

    def hashed(self: Any) -> int:
        return hash(type(self))

    functions: Any = types.BaseFunction
    plain = functions.get_call_type
    operators = {getattr(operator, name) for name in _OPERATORS}
    numbers = (types.float64, types.int64, types.uint64, types.boolean)
    known: dict[Any, Any] = {}

    def get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws or self.typing_key not in operators or not all(kind in numbers for kind in args):
            return plain(self, context, args, kws)
        key = (self, context, args)
        signature = known.get(key)
        if signature is None or signature.args not in self._impl_keys:
            signature = known[key] = plain(self, context, args, kws)
        return signature

    options_of_a_kernel["pipeline_class"] = pipeline(_Linking)
    options_of_a_helper["pipeline_class"] = pipeline(_Linked)
    kept._unserialize = classmethod(load)
    blas: Any = linalg.ensure_blas
    asked: list[None] = []

    def ensure_blas() -> None:
        # The first to ask is the module below, when it is imported.
        if asked:
            blas()
        asked.append(None)

    if "numba.np.arraymath" not in sys.modules:
        linalg.ensure_blas = ensure_blas
    config.values, config.__eq__, config.__hash__ = values, same, hashed
    functions.get_call_type = get_call_type


_OPERATORS: Final = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "neg", "pos", "not_"),
    *("iadd", "isub", "imul", "itruediv", "and_", "or_", "xor"),
    *("lt", "le", "gt", "ge", "eq", "ne"),
)

if _known():
    _leave_out()
