"""Which profile and viewpoint were chosen last, kept from one run to the next."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from PySide6.QtCore import QSettings

from gui.choices import Choices
from isoscope.assessment.profile import Profile
from isoscope.assessment.viewpoint import Viewpoint

_PROFILE = "question/profile"
_VIEWPOINT = "question/viewpoint"


def with_kept_question(choices: Choices, options: Namespace, settings: QSettings) -> Choices:
    """The choices with what was chosen last, where the command line says nothing else.

    Parties that were switched one by one are not kept: a verdict that surprises should not hang on
    what somebody tried days ago.
    """
    first = choices.first
    if getattr(options, "profile", None) is None:
        wanted = settings.value(_PROFILE)
        found = next((one for one in choices.profiles if one.id == wanted), first.profile)
        first = replace(first, profile=found)
    if getattr(options, "viewpoint", None) is None:
        wanted = settings.value(_VIEWPOINT)
        seen_from = next((one for one in choices.viewpoints if one.id == wanted), first.viewpoint)
        first = replace(first, viewpoint=seen_from)
    return replace(choices, first=first)


def keep_profile(settings: QSettings, profile: Profile) -> None:
    """Begins with this profile next time; with one from a file only if that is named again."""
    settings.setValue(_PROFILE, profile.id)


def keep_viewpoint(settings: QSettings, viewpoint: Viewpoint) -> None:
    """Begins with this viewpoint next time."""
    settings.setValue(_VIEWPOINT, viewpoint.id)
