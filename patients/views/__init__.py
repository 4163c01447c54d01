"""The pages of the desk, the patient and the dentist."""
