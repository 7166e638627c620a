"""What every other room may use: configuration, logging, redaction."""
