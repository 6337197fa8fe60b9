"""In CI a component that cannot run fails the run; elsewhere it is skipped with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

RULE = Path(__file__).parent / "harness" / "skip_rule.py"

NEEDS_A_MISSING_COMPONENT = """
    import pytest

    @pytest.fixture(scope="session")
    def engine():
        pytest.skip("dockerd is not installed")

    def test_first(engine): pass
    def test_second(engine): pass
    def test_needs_nothing(): pass
"""


@pytest.fixture
def under_the_rule(pytester: pytest.Pytester) -> pytest.Pytester:
    """A directory of tests that the rule applies to."""
    pytester.makeconftest(RULE.read_text(encoding="utf-8"))
    return pytester


def test_elsewhere_a_missing_component_skips_with_its_reason(
    under_the_rule: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    under_the_rule.makepyfile(NEEDS_A_MISSING_COMPONENT)
    result = under_the_rule.runpytest_subprocess("-rs")
    result.assert_outcomes(passed=1, skipped=2)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*dockerd is not installed*"])


def test_in_ci_a_missing_component_fails_every_test_that_needs_it(
    under_the_rule: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    under_the_rule.makepyfile(NEEDS_A_MISSING_COMPONENT)
    result = under_the_rule.runpytest_subprocess("-ra")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 1
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == 2
    assert "skipped" not in outcomes
    result.stdout.fnmatch_lines(["*skipped in CI*dockerd is not installed*"])


def test_in_ci_a_test_that_skips_itself_fails(
    under_the_rule: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    under_the_rule.makepyfile(
        """
        import pytest

        @pytest.mark.skip(reason="not today")
        def test_marked(): pass

        def test_inside():
            pytest.skip("no KVM")
        """
    )
    result = under_the_rule.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "skipped" not in result.parseoutcomes()


def test_in_ci_a_module_that_skips_itself_fails(
    under_the_rule: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    under_the_rule.makepyfile('import pytest\npytest.importorskip("no_such_library")\n')
    result = under_the_rule.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*skipped in CI*no_such_library*"])


def test_in_ci_an_expected_failure_is_not_a_skip(
    under_the_rule: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    under_the_rule.makepyfile(
        """
        import pytest

        @pytest.mark.xfail(reason="known")
        def test_known(): assert False
        """
    )
    under_the_rule.runpytest_subprocess().assert_outcomes(xfailed=1)
