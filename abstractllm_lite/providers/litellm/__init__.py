"""The provider behind ``create_llm("litellm", …)``: one call, planned here, carried by litellm."""
