"""The student: dialogue vocabulary, prompt, engines, guard and registry of versions."""
