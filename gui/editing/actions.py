"""What can be edited, as actions: in the menu, on the tables of the overview, by key, by drag."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from gui.actions import allow
from gui.editing import requirements
from gui.editing.file_actions import FileActions, ask_path, edit_action, open_dialog
from gui.editing.kept import RequirementsKept
from gui.text import one_line
from isoscope.texts import tr

if TYPE_CHECKING:
    from pathlib import Path

    from gui.choices import Choices
    from gui.main_window import MainWindow
    from gui.pages.overview import OverviewPage
    from gui.rows import Subject
    from isoscope.assessment.profile import Profile


class Editing(QObject):
    """Opens the dialogs, and makes of what they say a change that can be undone."""

    def __init__(self, window: MainWindow, choices: Choices) -> None:
        super().__init__(window)
        self._window = window
        self.kept = RequirementsKept(window.session, requirements.at_first(choices))
        self.undo = self.kept.undo.createUndoAction(self, tr("&Undo"))
        self.redo = self.kept.undo.createRedoAction(self, tr("&Redo"))
        self.undo.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
        self.redo.setShortcut(QKeySequence(QKeySequence.StandardKey.Redo))
        self.put = edit_action(self, tr("&Put in a tenant …"), "F2", self._put_chosen)
        self.values = edit_action(
            self, tr("Re&ference values of the tenant …"), "Ctrl+Shift+F", self._edit_values
        )
        self.profile = edit_action(
            self, tr("A profile of your &own …"), "Ctrl+Shift+P", self._edit_profile
        )
        self.file = FileActions(window, self.kept)
        self.required = QMenu(tr("Re&quired of the tenant"), window)
        self.required.aboutToShow.connect(self._offer_profiles)
        self._add_menu()
        window.session.shown_changed.connect(self._enable)
        self.kept.changed.connect(self._enable)
        self.kept.changed.connect(self._offer)
        self._enable()

    def _add_menu(self) -> None:
        menu = QMenu(tr("Ed&it"), self._window)
        menu.addActions([self.undo, self.redo])
        menu.addSeparator()
        menu.addActions([self.put, self.required.menuAction(), self.values])
        menu.addSeparator()
        menu.addActions([self.profile])
        menu.addSeparator()
        menu.addActions(self.file.all)
        bar = self._window.menuBar()
        bar.insertMenu(bar.actions()[1], menu)

    def watch(self, overview: OverviewPage) -> None:
        """Offers it all on the tables of an overview, and takes what is dropped there."""
        for table in (overview.tenants, overview.workloads):
            table.addActions([self.put, self.required.menuAction(), self.values])
            table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        overview.tenants.take_subjects()
        overview.tenants.assigned.connect(self._on_dropped)

    def _enable(self) -> None:
        shown = self._window.session.shown
        why = tr("Nothing is loaded yet")
        if shown is not None and shown.seen.demonstration:
            why = tr("The hosts of the demonstration stay as they were recorded")
        allowed = shown is not None and not shown.seen.demonstration
        for action in (self.put, self.values, self.required.menuAction()):
            allow(action, allowed, why)

    def _offer(self) -> None:
        """Offers the profiles that there are now."""
        self._window.profiles.offer(self.kept.now.profiles)

    # Who owns what.

    def _put_chosen(self) -> None:
        overview = self._window.overview
        if overview is not None:
            chosen = overview.workloads.selected() or overview.tenants.selected()
            self._put(chosen, None)

    def _on_dropped(self, target: Subject | None, dragged: tuple[Subject, ...]) -> None:
        """Rows were dropped on a tenant, or below all of them."""
        if target not in dragged:
            self._put(dragged, target)

    def _put(self, subjects: tuple[Subject, ...], target: Subject | None) -> None:
        """Asks how to put them in a tenant. One that is a single workload's own comes with them:
        nobody can join it under a workload's id."""
        from gui.editing.assign import AssignDialog
        from gui.editing.proposing import tenants_of, workloads_of

        shown = self._window.session.shown
        if shown is None or not self.put.isEnabled():
            return
        if target is not None and target.id not in tenants_of(shown):
            subjects = (*subjects, target)
        chosen = workloads_of(shown, subjects)
        if not chosen:
            return
        dialog = AssignDialog(
            self._window,
            self._window.session.bridge,
            shown=shown,
            chosen=chosen,
            tenant=target.id if target is not None else "",
            now=self.kept.now,
        )

        def put() -> None:
            way, found = dialog.way, dialog.proposed
            if way is not None and found is not None:
                self.kept.change(
                    tr("Put in {tenant}").format(tenant=one_line(found.tenant, 40)),
                    lambda before: requirements.with_rules(before, way.rules, found.place),
                )

        open_dialog(self._window, dialog, put)

    # What is required.

    def _offer_profiles(self) -> None:
        self.required.clear()
        self._choices = QActionGroup(self.required)  # one of them, as their shape says
        tenant = self._tenant()
        now = self.kept.now
        own = now.own_profile(tenant)
        everybodys = self._window.session.question.profile
        plain = one_line(everybodys.title, 40).replace("&", "&&")
        self._choice(
            tr("As of everybody: {profile}").format(profile=plain), None, chosen=own is None
        )
        self.required.addSeparator()
        for profile in now.profiles:
            title = one_line(profile.title, 60).replace("&", "&&")
            self._choice(title, profile, chosen=profile == own)
        if own is not None and own not in now.profiles:
            self._choice(one_line(own.title, 60).replace("&", "&&"), own, chosen=True)
        self.required.addSeparator()
        another = self.required.addAction(tr("A profile of its &own …"))
        another.triggered.connect(partial(self._edit_tenants_profile, tenant))

    def _choice(self, title: str, profile: Profile | None, *, chosen: bool) -> None:
        action = self.required.addAction(title)
        action.setCheckable(True)
        action.setChecked(chosen)
        self._choices.addAction(action)
        action.triggered.connect(partial(self._require, self._tenant(), profile))

    def _require(self, tenant: str, profile: Profile | None) -> None:
        if tenant and profile != self.kept.now.own_profile(tenant):
            self.kept.change(
                tr("Require of {tenant}").format(tenant=one_line(tenant, 40)),
                lambda before: requirements.with_tenant_profile(before, tenant, profile),
            )

    def _edit_tenants_profile(self, tenant: str) -> None:
        start = self.kept.now.own_profile(tenant) or self._window.session.question.profile
        self._ask_profile(start, tr("&Require it of the tenant"), partial(self._require, tenant))

    def _edit_profile(self) -> None:
        def use(profile: Profile) -> None:
            self.kept.change(
                tr("Require {profile}").format(profile=one_line(profile.title, 40)),
                lambda before: requirements.with_profile(before, profile),
            )

        now, keep = self._window.session.question.profile, self._window.state.keep_profile_file
        self._ask_profile(now, tr("&Use it"), use, keep)

    def _ask_profile(
        self,
        start: Profile,
        words: str,
        use: Callable[[Profile], None],
        saved: Callable[[Profile, Path], None] = lambda _profile, _path: None,
    ) -> None:
        from gui.editing.profile_dialog import ProfileDialog
        from isoscope.assessment.tenants_text import profile_text

        dialog = ProfileDialog(self._window, self.kept.now.profiles, start, use=words)

        def done() -> None:
            profile = dialog.profile
            if dialog.wants_file:
                path = ask_path(self._window, tr("Save the profile"), f"{profile.id}.toml")
                if path is None:
                    return
                self.kept.save_profile(path, profile_text(profile))
                saved(profile, path)
            use(profile)

        open_dialog(self._window, dialog, done)

    def _edit_values(self) -> None:
        from gui.editing.toml_dialog import TomlDialog
        from isoscope.attestation.reference_values import parse_reference_values

        tenant = self._tenant()
        if not tenant:
            return
        dialog = TomlDialog(
            self._window,
            self._window.session.bridge,
            title=tr("Reference values of {tenant}").format(tenant=one_line(tenant, 60)),
            about=tr(
                "What this tenant expects attestation evidence to say: a table per kind, such as "
                "[sev-snp], with the values of its claims. Without any text there are none."
            ),
            text=requirements.reference_values(self.kept.now, tenant),
            check=lambda text: parse_reference_values(text, "reference values"),
        )

        def use() -> None:
            text = dialog.text
            self.kept.change(
                tr("Reference values of {tenant}").format(tenant=one_line(tenant, 40)),
                lambda before: requirements.with_reference_values(before, tenant, text),
            )

        open_dialog(self._window, dialog, use)

    def _tenant(self) -> str:
        overview = self._window.overview
        return overview.chosen_tenant if overview is not None else ""
