"""The bundled cookbook: recipes and cooking knowledge written for this project, under CC BY-SA 4.0."""
