"""The commands that make files: models from tables, and tables from models."""
