"""The product's own texts for who reads English (docs/templates.md, "Languages").

The same things are said under the same keys as in messaging/wordings.py, and by the same rules.
English has no salutation to choose, so these texts say "you".
"""

from __future__ import annotations

from messaging.wordings import STOPPED, Wording

SMS_ONLY_ENGLISH: dict[str, str] = {
    STOPPED: "{{ clinic }} has noted it: no more messages of this kind by SMS to this number. "
    "To get them again, call {{ hotline }}",
}

_ANSWER = "Please answer with the button below."
_CALL = "To reach us now, call {{ hotline }}."

ENGLISH: dict[str, Wording] = {
    "booking_confirmation": Wording(
        "Your appointment is kept",
        "Hello {{ full_call }}, {{ clinic }} keeps {{ time }} on {{ day }} for you at "
        "{{ branch }} with {{ dentist }}. If it does not suit you, tell us with the button below "
        "or call {{ hotline }}.",
        "See the appointment",
        "{{ clinic }} keeps {{ time }} {{ day }} for {{ full_call }}, {{ branch }}. "
        "See or change: {{ link }} or call {{ hotline }}",
    ),
    "reminder": Wording(
        "Your appointment",
        "Hello {{ full_call }}, {{ clinic }} reminds you of your appointment at {{ time }} on "
        "{{ day }} at {{ branch }}, {{ dentist }}. Please press one of the buttons below. For "
        "another time, call {{ hotline }}.",
        "Answer",
        "{{ clinic }} reminds {{ full_call }}: {{ time }} {{ day }}, {{ branch }}. "
        "Please answer: {{ link }} or call {{ hotline }}",
    ),
    "care_guide_1": Wording(
        "How are you after the treatment",
        "Hello {{ full_call }}, {{ clinic }} asks how it goes after the treatment "
        "{{ treated_on }}. How is it today? Please answer with the button below; how to take care "
        f"of it stands there too. {_CALL}",
        "Answer and see the advice",
        "{{ clinic }} asks {{ full_call }} how it goes after the treatment {{ treated_on }}. "
        "Answer and advice: {{ link }} To reach us now, call {{ hotline }}",
    ),
    "check_trend": Wording(
        "How is it on the third day",
        "Hello {{ full_call }}, today is the third day after the treatment {{ treated_on }} at "
        "{{ clinic }}. Compared with yesterday, is it better, the same or worse? "
        f"{_ANSWER} {_CALL}",
        "Answer",
        "{{ clinic }} asks {{ full_call }}: third day after the treatment {{ treated_on }}, "
        "better, the same or worse? {{ link }} To reach us now, call {{ hotline }}",
    ),
    "care_guide_filling": Wording(
        "How are you after the treatment",
        "Hello {{ full_call }}, {{ clinic }} asks how it goes after the treatment "
        "{{ treated_on }}. Is eating as it should be, does anything bother you? "
        f"{_ANSWER} {_CALL}",
        "Answer and see the advice",
        "{{ clinic }} asks {{ full_call }} after the treatment {{ treated_on }}: is eating as it "
        "should be? {{ link }} To reach us now, call {{ hotline }}",
    ),
    "check_filling_3": Wording(
        "How is it on the third day",
        "Hello {{ full_call }}, {{ clinic }} asks once more after the treatment "
        "{{ treated_on }}. Is it fine today, or does something still bother you? "
        f"{_ANSWER} {_CALL}",
        "Answer",
        "{{ clinic }} asks {{ full_call }}: after the treatment {{ treated_on }}, is it fine "
        "today? {{ link }} To reach us now, call {{ hotline }}",
    ),
    "check_filling_7": Wording(
        "How is it after a week",
        "Hello {{ full_call }}, a week has passed since the treatment {{ treated_on }} at "
        "{{ clinic }}. How are eating, hot and cold? "
        f"{_ANSWER} {_CALL}",
        "Answer",
        "{{ clinic }} asks {{ full_call }}: a week after the treatment {{ treated_on }}, how are "
        "eating, hot and cold? {{ link }} To reach us now, call {{ hotline }}",
    ),
    "check_pain": Wording(
        "How is it on the third day",
        "Hello {{ full_call }}, {{ clinic }} asks once more after the treatment "
        "{{ treated_on }}. From 0 to 10, how strong is the pain today? "
        f"{_ANSWER} {_CALL}",
        "Answer",
        "{{ clinic }} asks {{ full_call }}: after the treatment {{ treated_on }}, how strong is "
        "the pain today, 0 to 10? {{ link }} To reach us now, call {{ hotline }}",
    ),
    "check_week": Wording(
        "How is it after a week",
        "Hello {{ full_call }}, a week has passed since the treatment {{ treated_on }} at "
        "{{ clinic }}. How are eating and cleaning by now? "
        f"{_ANSWER} {_CALL}",
        "Answer",
        "{{ clinic }} asks {{ full_call }}: a week after the treatment {{ treated_on }}, how are "
        "eating and cleaning? {{ link }} To reach us now, call {{ hotline }}",
    ),
    "restore": Wording(
        "One more step for the tooth",
        "Hello {{ full_call }}, the tooth treated {{ treated_on }} at {{ clinic }} needs one more "
        "step to stay closed and strong. Please choose a day with the button below and we keep a "
        "place with {{ dentist }}. You can also call {{ hotline }}.",
        "Choose a day",
        "{{ clinic }} reminds {{ full_call }}: the tooth treated {{ treated_on }} needs one more "
        "step. Choose a day: {{ link }} or call {{ hotline }}",
    ),
    "invite": Wording(
        "Time to be seen again",
        "Hello {{ full_call }}, it is soon time to be seen again after the treatment "
        "{{ treated_on }} at {{ clinic }}. Please choose a day that suits you with the button "
        "below and we keep a place with {{ dentist }}. You can also call {{ hotline }}.",
        "Choose a day",
        "{{ clinic }} invites {{ full_call }} to be seen again after the treatment "
        "{{ treated_on }}. Choose a day: {{ link }} or call {{ hotline }}",
    ),
    "nudge": Wording(
        "We keep a place for you",
        "Hello {{ full_call }}, {{ clinic }} has no day from you yet to be seen again after the "
        "treatment {{ treated_on }}. Please choose one with the button below, or call "
        "{{ hotline }} and we find one.",
        "Choose a day",
        "{{ clinic }} reminds {{ full_call }} to choose a day: {{ link }} or call {{ hotline }}",
    ),
    "missed_care": Wording(
        "We hope all is well",
        "Hello {{ full_call }}, {{ clinic }} did not see you at the appointment on {{ day }}. Is "
        "all well? When it suits you, please choose another day with the button below, or call "
        "{{ hotline }}.",
        "Choose another day",
        "{{ clinic }} did not see {{ full_call }} on {{ day }}. Is all well? "
        "Choose another day: {{ link }} or call {{ hotline }}",
    ),
    "missed_offer": Wording(
        "Two times are open",
        "Hello {{ full_call }}, {{ clinic }} has {{ slot_1 }} and {{ slot_2 }} open with "
        "{{ dentist }}. Please press the button below for the one that suits you and we keep it, "
        "or call {{ hotline }}.",
        "Choose a time",
        "{{ clinic }} has {{ slot_1 }} and {{ slot_2 }} open for {{ full_call }}. "
        "Choose: {{ link }} or call {{ hotline }}",
    ),
    "recall": Wording(
        "Time for the regular visit",
        "Hello {{ full_call }}, it is time for the regular visit, the last one was "
        "{{ treated_on }}. Please choose a day with the button below and {{ clinic }} keeps a "
        "place, or call {{ hotline }}.",
        "Choose a day",
        "{{ clinic }} to {{ full_call }}: it is time for the regular visit. "
        "Choose a day: {{ link }} or call {{ hotline }}",
    ),
    "hint": Wording(
        "A hint for this month",
        "Hello {{ full_call }}, {{ clinic }} sends you a short hint on keeping teeth well this "
        "month: please read it with the button below. If you want no more of them, say so there "
        "or call {{ hotline }}.",
        "Read the hint",
        "{{ clinic }} sends {{ full_call }} a hint on keeping teeth well: {{ link }} "
        "To get no more: say so there or call {{ hotline }}",
    ),
}
