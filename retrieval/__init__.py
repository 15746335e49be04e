"""Recipes and passages: the recipe type, importers, embeddings, the index and the two retrievers."""
