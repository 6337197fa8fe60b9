"""Which profile and viewpoint were chosen last, kept from one run to the next."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSettings

from gui.choices import Choices, profile_in
from gui.editing.requirements import own_id
from gui.errors import file_error
from gui.text import one_line
from isoscope.assessment.profile import Profile
from isoscope.assessment.viewpoint import Viewpoint
from isoscope.texts import tr

_PROFILE = "question/profile"
_PROFILE_FILE = "question/profile-file"
_VIEWPOINT = "question/viewpoint"


def with_kept_question(choices: Choices, options: Namespace, settings: QSettings) -> Choices:
    """The choices with what was chosen last, where the command line says nothing else.

    Parties that were switched one by one are not kept: a verdict that surprises should not hang on
    what somebody tried days ago.
    """
    if getattr(options, "profile", None) is None:
        choices = _with_kept_profile(choices, settings)
    first = choices.first
    if getattr(options, "viewpoint", None) is None:
        wanted = settings.value(_VIEWPOINT)
        seen_from = next((one for one in choices.viewpoints if one.id == wanted), first.viewpoint)
        first = replace(first, viewpoint=seen_from)
    return replace(choices, first=first)


def _with_kept_profile(choices: Choices, settings: QSettings) -> Choices:
    """With the profile that was chosen last, read anew where it is in a file of the user's."""
    file, wanted = settings.value(_PROFILE_FILE), settings.value(_PROFILE)
    if isinstance(file, str) and file:
        try:
            profile = profile_in(Path(file))
        except (OSError, ValueError) as error:
            why = file_error(error, tr("{path} cannot be read").format(path=file))
            title = one_line(choices.first.profile.title, 60)
            said = tr(
                "The profile that was chosen last is not there. {why} Required by {title} now."
            )
            return replace(choices, note=one_line(said.format(why=f"{why}.", title=title)))
        others = [one.id for one in choices.profiles]
        own = replace(profile, id=own_id(profile.id, others))
        first = replace(choices.first, profile=own)
        profiles, files = (*choices.profiles, own), {own.id: Path(file)}
        return replace(choices, profiles=profiles, first=first, profile_files=files)
    found = next((one for one in choices.profiles if one.id == wanted), choices.first.profile)
    return replace(choices, first=replace(choices.first, profile=found))


def keep_profile(settings: QSettings, profile: Profile, file: Path | None = None) -> None:
    """Begins with this profile next time.

    Args:
        settings: where it is kept.
        profile: the one that was chosen.
        file: where one of the user's own was saved; one that was not is not kept.
    """
    settings.setValue(_PROFILE, profile.id)
    if file is None:
        settings.remove(_PROFILE_FILE)
    else:
        settings.setValue(_PROFILE_FILE, str(file.absolute()))


def keep_viewpoint(settings: QSettings, viewpoint: Viewpoint) -> None:
    """Begins with this viewpoint next time."""
    settings.setValue(_VIEWPOINT, viewpoint.id)
