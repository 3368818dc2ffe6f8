"""Elections as Pabulib files: all kinds of ballots, there and back, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from linli.methods import commands, pabulib, selection
from linli.methods.commands.files import read_rows
from linli.methods.errors import BadInput

APPROVAL = """META
key;value
description;Budget of Qinghe, invented
num_projects;3
num_votes;4
budget;100,50
vote_type;approval
rule;equalshares/add1
min_project_score_threshold;1
PROJECTS
project_id;cost;votes;name;selected;district
1;60;3;"Lamps; the long lane";1;north
2;40.5;2;"The ""old"" well";1;north
x-3;50;1;Benches;0;south
VOTES
voter_id;vote;age
a;1,2;30
b;1,2;
c;1;71
d;x-3
"""
POINTS = (
    APPROVAL.replace("approval", "cumulative")
    .replace("vote;age", "vote;points")
    .replace("1,2;30", "1,2;3,1.5")
    .replace("1,2;\n", "1,2;2,0\n")
)
POINTS = POINTS.replace("c;1;71", "c;1;4").replace("d;x-3", "d;x-3;1")


def test_an_approval_file_is_read_whole():
    election = pabulib.parse(APPROVAL)

    assert (election.budget, election.costs[1]) == (Fraction(201, 2), Fraction(81, 2))
    assert election.names == ("Lamps; the long lane", 'The "old" well', "Benches")
    assert list(election.votes) == [3, 2, 1]
    assert (election.official, election.communities) == ((0, 1), ("north", "north", "south"))
    assert (election.voters, election.notes) == (("a", "b", "c", "d"), ())


def test_the_stated_rule_gives_the_official_winners():
    election = pabulib.parse(APPROVAL)

    outcome = selection.count(election, **pabulib.stated_rule(election))

    assert set(outcome.winners) == set(election.official)


def test_points_may_be_fractions_and_nought_is_no_mark():
    election = pabulib.parse(POINTS)

    assert election.points_scale == 2
    assert [Fraction(score, 2) for score in election.scores] == [9, Fraction(3, 2), 1]
    assert list(election.votes) == [3, 1, 1]


def test_ordinal_ballots_count_by_place():
    text = APPROVAL.replace("approval", "ordinal\nmax_length;3")

    assert pabulib.parse(text).scores == [9, 4, 3]


def test_what_is_odd_is_said():
    election = pabulib.parse(APPROVAL.replace("a;1,2;30", "a;1,2,1;30").replace("num_votes;4", "num_votes;5"))

    assert list(election.votes) == [3, 2, 1]
    assert [note.split()[0] for note in election.notes] == ["1", "num_votes"]


@pytest.mark.parametrize("text", [APPROVAL, POINTS])
def test_written_and_read_again_it_is_the_same_election(text, tmp_path):
    election = pabulib.parse(text)
    outcome = selection.count(election, "greedy")

    pabulib.write(tmp_path / "out.pb", election, outcome)
    again = pabulib.read(tmp_path / "out.pb")

    assert (again.budget, again.costs, again.codes, again.names) == (
        election.budget,
        election.costs,
        election.codes,
        election.names,
    )
    assert (again.scores, again.voters, again.communities) == (election.scores, election.voters, election.communities)
    assert (list(again.starts), list(again.projects)) == (list(election.starts), list(election.projects))
    assert set(again.official) == set(outcome.winners)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("vote_type;approval", "vote_type;lots", "lots"),
        ("vote_type;approval", "vote_type;cumulative", "points"),
        ("x-3;50", "1;50", "twice"),
        ("x-3;50", "x-3;cheap", "line 14, cost"),
        ("d;x-3", "d;x-4", "line 20: votes for “x-4”"),
        ("budget;100,50", "budget;", "budget"),
        ("PROJECTS", "PROJECT", "no table PROJECTS"),
        ("voter_id;vote;age", "voter;vote;age", "voter_id"),
        ("project_id;cost", "project_id;price", "no column cost"),
        ("META\n", "", "must begin with META"),
        ("budget;100,50", "budget;100\ndefault_score;1", "default_score"),
        ("x-3;50;1;Benches;0;south", "x-3;50;1;Benches;0;south;more", "7 cells"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(old, new, says):
    with pytest.raises(BadInput, match=says):
        pabulib.parse(APPROVAL.replace(old, new, 1))


def test_points_that_do_not_match_the_projects_are_refused():
    with pytest.raises(BadInput, match="line 19: has 1 projects and 2 points"):
        pabulib.parse(POINTS.replace("c;1;4", "c;1;4,4"))


def test_a_file_without_a_rule_of_ours_says_so():
    with pytest.raises(BadInput, match="greedy-custom"):
        pabulib.stated_rule(pabulib.parse(APPROVAL.replace("equalshares/add1", "greedy-custom")))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "broken.pb").write_bytes(b"META\n\xff\xfe")

    with pytest.raises(BadInput, match="UTF-8"):
        pabulib.read(tmp_path / "broken.pb")


def test_the_command_counts_a_file_and_writes_the_audit(tmp_path, capsys):
    (tmp_path / "vote.pb").write_text(APPROVAL, encoding="utf-8")
    outputs = [str(tmp_path / name) for name in ("winners.csv", "payments.csv", "out.pb")]

    code = commands.main(
        "vote", ["count", str(tmp_path / "vote.pb"), "--winners", outputs[0], "--payments", outputs[1], "--out", outputs[2]]
    )

    assert code == 0
    assert "the winners are the official ones" in capsys.readouterr().out
    assert [row["project"] for row in read_rows(outputs[0])] == ["1", "2", "x-3"]
    paid = [row for row in read_rows(outputs[1], needs=("exactly",)) if row["project"] == "1"]
    assert sum(Fraction(row["exactly"]) for row in paid) == 60
    assert set(pabulib.read(outputs[2]).official) == {0, 1}


def test_the_command_takes_another_rule_floors_and_ties(tmp_path, capsys):
    (tmp_path / "vote.pb").write_text(APPROVAL, encoding="utf-8")

    asked = ["--rule", "greedy", "--ties", "cheaper,code", "--floor", "south=50"]
    code = commands.main("vote", ["count", str(tmp_path / "vote.pb"), *asked])

    assert code == 0
    assert "official only 1; here only x-3" in capsys.readouterr().out


@pytest.mark.parametrize(
    "asked", [["--floor", "south"], ["--ties", "luck"], ["--rule", "greedy", "--threshold", "x"], ["--floor", "moon=1"]]
)
def test_the_command_names_a_wrong_wish_in_one_line(asked, tmp_path, capsys):
    (tmp_path / "vote.pb").write_text(APPROVAL, encoding="utf-8")

    code = commands.main("vote", ["count", str(tmp_path / "vote.pb"), *asked])

    assert code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
