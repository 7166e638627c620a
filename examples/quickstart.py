"""Asks three vendors the same question, first for a whole answer, then for a stream.

A vendor whose key is in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY) is
asked for real. For the others, recorded answers are replayed: no key, no network, no cost.
"""

import os
from pathlib import Path

from abstractllm_lite import GenerateResponse, create_llm
from abstractllm_lite.testing import use_cassette

MODELS = ["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5", "gemini/gemini-2.5-flash"]
QUESTION = "Why is the sky blue? Answer in one sentence."
CASSETTES = Path(__file__).parent.parent / "cassettes" / "quickstart"


def ask(model: str, **settings: str) -> None:
    llm = create_llm("litellm", model=model, max_tokens=200, **settings)

    response = llm.generate(QUESTION)
    print("plain:   ", response)
    report(response)

    stream = llm.generate(QUESTION, stream=True)
    print("streamed:", end=" ")
    for chunk in stream:
        print(chunk, end="", flush=True)
    print()
    report(stream.response)


def report(response: GenerateResponse) -> None:
    usage = response.usage
    print(
        f"          {usage.input_tokens} tokens in, {usage.output_tokens} out, "
        f"${response.cost:.7f}, finish reason: {response.finish_reason}"
    )


def main() -> None:
    for model in MODELS:
        print(f"\n{model}")
        vendor = model.split("/")[0]
        key = f"{vendor.upper()}_API_KEY"
        if os.environ.get(key):
            ask(model)
        else:
            with use_cassette(CASSETTES / f"{vendor}.yaml") as cassette:
                print(f"(no {key}: replayed, recorded from {cassette.recorded_from})")
                ask(model, api_key="replayed")


if __name__ == "__main__":
    main()
