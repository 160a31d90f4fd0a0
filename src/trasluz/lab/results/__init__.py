"""What the verbs give: results that show themselves, save themselves, and say how they were made."""
