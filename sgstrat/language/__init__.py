"""The strategy language: fields, typed model, decoding, resolution, JSON Schema."""
