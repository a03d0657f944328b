"""A telephone number as people write it.

Takes   a number as the register keeps it, E.164.
Gives   ”070-174 06 05” for a Swedish one, ”+47 22 00 00 00” for others.
Fails   never: what is no number is shown as it is.
"""

import phonenumbers

REGION = "SE"


def shown(number: str) -> str:
    """The number for a person to read or dial in Sweden (ITU-T E.123)."""
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    is_swedish = parsed.country_code == phonenumbers.country_code_for_region(REGION)
    kind = phonenumbers.PhoneNumberFormat.NATIONAL if is_swedish else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, kind))
