"""An agent that reads files and calculates, in a loop of tool calls.

With OPENAI_API_KEY in the environment the model is asked for real. Without it, a recorded
conversation is replayed: no key, no network, no cost; the tools run all the same.
"""

import ast
import operator
import os
from pathlib import Path

from abstractllm_lite import Session, create_llm
from abstractllm_lite.testing import use_cassette

HERE = Path(__file__).parent
FILES = {path.name: path for path in (HERE / "files").iterdir()}
CASSETTE = HERE.parent / "cassettes" / "agent" / "openai.yaml"
QUESTION = "What do two apples and three loaves of bread cost, by the prices on file?"
SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def list_files() -> list[str]:
    """The names of all files."""
    return sorted(FILES)


def read_file(name: str) -> str:
    """The text of a file."""
    return FILES[name].read_text("utf-8")


def calculate(expression: str) -> float:
    """The value of an expression of numbers with +, - and *."""
    return round(value(ast.parse(expression, mode="eval").body), 2)


def value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)
    return SIGNS[type(node.op)](value(node.left), value(node.right))


def answer(**settings: str) -> None:
    llm = create_llm("litellm", model="openai/gpt-4o-mini", **settings)
    session = Session("Answer from the files.", llm, tools=[list_files, read_file, calculate])
    session.on_tool_result = lambda outcome: print(f"{outcome.call.name}: {outcome.content!r}")
    print(session.generate(QUESTION))
    print(f"{session.totals.answers} answers, ${session.totals.cost:.7f}")


if __name__ == "__main__":
    if os.environ.get("OPENAI_API_KEY"):
        answer()
    else:
        with use_cassette(CASSETTE) as cassette:
            print(f"(no OPENAI_API_KEY: replayed, recorded from {cassette.recorded_from})")
            answer(api_key="replayed")
