"""Reports of a review: JSON, HTML, JUnit, CSV, text."""
