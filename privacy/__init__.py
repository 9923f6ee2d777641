"""The rights of a data subject (UU 27/2022), the record of processing and the breach register."""
