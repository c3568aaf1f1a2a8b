"""What each panel shows, as plain styled lines: no Textual here, so the text face draws the same."""
