"""Another meter in this one's place: adopted, exchanged, its statistics repaired."""
