"""Tests of what is published: wheel, zip, image, documents, translations."""
