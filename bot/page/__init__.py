"""Answers that stand on the recipe's page: what a question asks for, and the sentence that holds it."""
