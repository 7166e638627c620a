"""litellm is imported once, and an import that was cut short can be made again."""

from __future__ import annotations

from tests.fresh_process import run_fresh

INTERRUPTED = """
import importlib, os
from abstractllm_lite.providers.litellm import loading

real, seen = importlib.import_module, []

def interrupted(name, package=None):
    if name.endswith("anthropic_beta_headers_manager") and not seen:
        seen.append(name)
        raise KeyboardInterrupt
    return real(name, package)

before = dict(os.environ)
importlib.import_module = interrupted
try:
    loading.load()
except KeyboardInterrupt:
    print("interrupted")
importlib.import_module = real
assert loading.load() is loading.load()
import tiktoken.registry as registry
depths = {hasattr(c.args[0], "func") for c in registry.ENCODING_CONSTRUCTORS.values()}
print(dict(os.environ) == before, depths)
"""


def test_an_import_that_was_interrupted_can_be_made_again() -> None:
    assert run_fresh(INTERRUPTED).splitlines() == ["interrupted", "True {False}"]


GOOGLES_PART = """
import sys
from abstractllm_lite.providers.litellm import loading

litellm = loading.load()
litellm.input_callback.append("the user's")
part = "litellm.llms.vertex_ai.context_caching.vertex_ai_context_caching"
print(part in sys.modules, litellm.input_callback, litellm.success_callback, litellm.callbacks)
"""


def test_googles_part_is_loaded_early_and_its_cache_stays_out_of_the_callbacks() -> None:
    assert run_fresh(GOOGLES_PART).splitlines() == ['True ["the user\'s"] [] []']
