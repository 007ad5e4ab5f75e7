"""What a tokenizer was trained on: data mixture inference (Hayase et al. 2024)."""
