"""Programs in the shape of AbstractLLM's guide for authors of providers; run by test_guide."""
