"""eSMS: customer-care SMS under the clinic's brand name."""
