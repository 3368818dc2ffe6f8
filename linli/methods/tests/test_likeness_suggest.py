"""Category suggestions, photo hashes, the commands, and what web processes may load."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from linli.methods import likeness
from linli.methods.commands import main
from linli.methods.errors import BadInput
from linli.methods.likeness_photos import hash_of
from linli.methods.likeness_training import Rows as SparseRows
from linli.methods.likeness_training import _descend, _numbered, margins_of, sharpest

THINGS = {
    "灯": ["路灯不亮", "灯坏了", "楼道灯", "灯一闪一闪"],
    "垃圾": ["垃圾没人清", "垃圾桶满了", "乱倒垃圾"],
    "树": ["树枝断了", "大树倒了", "树挡住窗户"],
}
WHERE = ["东门", "楼下", "学校旁", "公交站", "3号楼", "河边"]
MORE = ["请尽快处理", "三天了", "没人管", "老人不方便", "晚上危险"]


def told(count: int, seed: int = 0, labels: tuple[str, ...] = ("灯", "垃圾", "树")) -> tuple[list[str], list[str]]:
    random = np.random.default_rng(seed)
    pick = lambda options: options[int(random.integers(len(options)))]  # noqa: E731
    chosen = [pick(labels) for _text in range(count)]
    return [f"{pick(WHERE)}{pick(THINGS[label])}，{pick(MORE)}" for label in chosen], chosen


@pytest.fixture(scope="module")
def model() -> likeness.Model:
    return likeness.train(*told(150))


def test_texts_of_the_same_sorts_are_told_apart(model: likeness.Model) -> None:
    texts, truth = told(200, seed=9)

    found, confidence = likeness.classify(model, texts)

    assert np.mean([one == other for one, other in zip(found, truth, strict=True)]) > 0.97
    assert ((confidence > 0) & (confidence <= 1)).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet="路灯垃圾树枝没人清xyz，。 12", max_size=15), min_size=1, max_size=8))
def test_pages_compute_what_the_compiled_way_computes(texts: list[str]) -> None:
    trained = likeness.train(*told(60))

    assert trained.margins(texts) == pytest.approx(margins_of(trained, texts), abs=2e-3)


def test_training_finds_the_least_of_its_loss() -> None:
    """Against plain gradient steps on the same loss: no better weights are found near by."""
    random = np.random.default_rng(3)
    dense = random.normal(size=(30, 6)).astype(np.float32)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    rows = SparseRows(np.arange(0, 181, 6), np.tile(np.arange(6, dtype=np.int32), 30), dense.ravel())
    truth = (dense[:, 0] + 0.3 * random.normal(size=30) > 0).astype(np.int64)
    weights, bias = np.zeros((6, 2), np.float32), np.zeros(2, np.float32)

    _descend(rows, truth, weights, bias, 0)

    def loss(flat: np.ndarray) -> float:
        w, b = flat[:12].reshape(6, 2), flat[12:]
        sides = np.where(truth[:, None] == np.arange(2), 1.0, -1.0)
        gaps = np.maximum(0, 1 - sides * (dense @ w + b))
        return float(0.5 * (w**2).sum() + 0.5 * (b**2).sum() + (gaps**2).sum())

    found = np.concatenate([weights.ravel(), bias]).astype(float)
    least, at = loss(found), found.copy()
    for _step in range(400):
        slope = np.array([(loss(at + step) - loss(at - step)) / 2e-5 for step in np.eye(14) * 1e-5])
        at -= 0.02 * slope
    assert least <= loss(at) * 1.002


def test_confidence_is_how_often_it_is_right() -> None:
    random = np.random.default_rng(2)
    truth = random.integers(0, 3, 4000)
    margins = np.eye(3)[truth] + random.normal(0, 0.6, (4000, 3))

    shares = likeness.Model(
        ("a", "b", "c"), np.zeros(0, np.uint64), np.zeros(0, np.int32), 0, np.zeros((0, 3), np.float16),
        np.zeros(3, np.float32), sharpest(margins.astype(np.float32), truth),
    ).confidences(margins.astype(np.float32))  # fmt: skip

    best = shares.argmax(axis=1)
    assert shares[np.arange(4000), best].mean() == pytest.approx((best == truth).mean(), abs=0.02)


def test_a_suggestion_names_the_words_that_decided_and_knows_when_it_does_not_know(model: likeness.Model) -> None:
    found = model.suggest("学校旁垃圾桶满了三天了")

    assert found[0].label == "垃圾" and model.is_sure(found)
    assert any("垃圾" in word for word in found[0].words)
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    assert model.suggest("ξ") == [] and not model.is_sure([])
    assert not model.is_sure(model.suggest("请"))


def test_further_training_learns_new_words_and_labels_and_keeps_the_old() -> None:
    first = likeness.train(*told(120, labels=("灯", "垃圾")))
    further = likeness.train_further(first, *told(60, seed=5, labels=("树", "灯")))

    texts, truth = told(200, seed=8)
    right = np.mean([one == other for one, other in zip(likeness.classify(further, texts)[0], truth, strict=True)])

    assert set(further.labels) == {"灯", "垃圾", "树"} and further.texts == 180
    assert right > 0.93
    assert len(likeness.train_further(first, [], []).grams) == len(first.grams)


def test_many_small_lessons_come_near_one_large_one() -> None:
    texts, labels = told(300, seed=6)
    step = likeness.train(texts[:60], labels[:60])
    for begin in range(60, 300, 20):
        step = likeness.train_further(step, texts[begin : begin + 20], labels[begin : begin + 20])

    asked, truth = told(300, seed=7)
    right = np.mean([one == other for one, other in zip(likeness.classify(step, asked)[0], truth, strict=True)])

    assert right > 0.96


def test_a_small_model_keeps_what_decides_most() -> None:
    texts, labels = told(150)

    small = likeness.train(texts, labels, most_bytes=1500)

    assert small.size_bytes <= 1500
    found, _confidence = likeness.classify(small, texts)
    assert np.mean([one == other for one, other in zip(found, labels, strict=True)]) > 0.9


def test_a_model_comes_back_from_its_file_and_no_other_file_is_one(model: likeness.Model, tmp_path) -> None:
    model.save(tmp_path / "model.npz")
    again = likeness.Model.load(tmp_path / "model.npz")

    assert again.suggest("路灯不亮") == model.suggest("路灯不亮")
    for content in (b"", b"PK\x03\x04", model.to_bytes()[:200]):
        with pytest.raises(BadInput):
            likeness.Model.from_bytes(content)


def test_training_refuses_what_cannot_be_learned() -> None:
    for texts, labels in (([], []), (["a"], ["x"]), (["a", "b"], ["x"]), (["a", "b"], ["x", "x"])):
        with pytest.raises(BadInput) as caught:
            likeness.train(texts, labels)
        assert caught.value.field == "labels"
    assert _numbered(["a"], ["x"], ("w", "x"))[0].tolist() == [1]
    assert likeness.classify(likeness.train(["a", ""], ["x", "y"]), [])[0] == []


# --- photos ---


def photo(size: tuple[int, int] = (1200, 900), form: str = "JPEG", **options: object) -> bytes:
    picture = Image.new("RGB", (1200, 900), "skyblue")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((100, 500, 700, 850), fill="brown")
    draw.ellipse((750, 80, 1000, 330), fill="yellow")
    draw.line((0, 900, 1200, 400), fill="black", width=30)
    file = io.BytesIO()
    picture.resize(size).save(file, form, **options)
    return file.getvalue()


def test_a_picture_smaller_saved_anew_or_turned_by_its_camera_is_the_same() -> None:
    base = likeness.photo_hash(photo(quality=95))
    turned = Image.open(io.BytesIO(photo(form="PNG"))).transpose(Image.Transpose.ROTATE_90)
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    turned.save(file, "JPEG", exif=exif)

    for other in (photo(quality=40), photo((400, 300)), photo(form="PNG"), photo(form="WEBP"), file.getvalue()):
        assert bin(base ^ likeness.photo_hash(other)).count("1") <= 4
    unlike = hash_of(np.random.default_rng(0).random((32, 32)))
    assert bin(base ^ unlike).count("1") > 16


def test_many_pictures_have_their_hashes_in_order_and_one_that_is_none_is_named() -> None:
    files = [photo(quality=80), photo((400, 300)), photo(form="PNG")]
    assert likeness.photo_hashes(files) == [likeness.photo_hash(file) for file in files]
    assert likeness.photo_hashes(iter([])) == []
    with pytest.raises(BadInput, match="photo"):
        likeness.photo_hashes([*files, b"no picture"], threads=2)


def test_what_is_no_picture_is_refused(tmp_path) -> None:
    for content in (b"", b"<svg/>", photo()[:300]):
        with pytest.raises(BadInput):
            likeness.photo_hash(content)
    with pytest.raises(OSError):
        likeness.photo_hash(tmp_path / "none.jpg")


# --- what pages load ---


def test_pages_load_neither_numba_nor_scipy() -> None:
    told_by = (
        "import sys; from linli.methods import likeness_serving, likeness_rule, likeness_photos\n"
        "print([name for name in ('numba', 'scipy', 'llvmlite', 'django') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", told_by], capture_output=True, text=True, check=True).stdout.strip() == "[]"


# --- commands ---


def table(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path, columns: list[str], rows: list[list[object]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return str(path)


def test_the_command_finds_duplicates(tmp_path, capsys) -> None:
    rows = [["A1", "东门路灯坏了没人修", 110.24, 30.65, "2026-03-01T08:00"], ["A2", "东门路灯坏了没人修理", 110.2401, 30.65, "2026-03-02T08:00+08:00"],
            ["A3", "垃圾成堆", 110.3, 30.65, "2026-03-01T09:00"]]  # fmt: skip
    reports, out = write(tmp_path / "r.csv", ["id", "text", "lng", "lat", "at"], rows), tmp_path / "pairs.csv"

    assert main("likeness", ["duplicates", reports, "--out", str(out)]) == 0

    (pair,) = table(out)
    assert (pair["first"], pair["second"], pair["group"], pair["hours"]) == ("A1", "A2", "A1", "16.0")
    assert "3 reports, 1 pairs" in capsys.readouterr().out


def test_the_command_finds_issues_and_keeps_their_numbers(tmp_path, capsys) -> None:
    texts = [[f"{MORE[at % 5]}，{['东门路灯不亮看不清', '垃圾房味道太大'][at % 2]}"] for at in range(10)]
    needs, out, again = write(tmp_path / "n.csv", ["text"], texts), tmp_path / "i.csv", tmp_path / "again.csv"

    assert main("likeness", ["issues", needs, "--out", str(out)]) == 0
    assert main("likeness", ["issues", write(tmp_path / "m.csv", ["text", "issue"], [[*text, row["issue"]] for text, row in zip(texts, table(out), strict=True)]), "--out", str(again)]) == 0  # fmt: skip

    rows = table(out)
    assert {row["issue"] for row in rows} == {"0", "1"} and sum(row["is_central"] == "1" for row in rows) == 2
    assert [row["issue"] for row in table(again)] == [row["issue"] for row in rows]
    assert "10 needs, 2 issues" in capsys.readouterr().out


def test_the_command_trains_and_suggests(tmp_path, capsys) -> None:
    labelled = write(tmp_path / "t.csv", ["text", "label"], [list(row) for row in zip(*told(90), strict=True)])
    model, out = tmp_path / "m.npz", tmp_path / "s.csv"

    assert main("likeness", ["train", labelled, "--model", str(model)]) == 0
    assert main("likeness", ["train", labelled, "--model", str(model), "--from", str(model)]) == 0
    assert main("likeness", ["suggest", write(tmp_path / "a.csv", ["text"], [["河边大树倒了"]]), "--model", str(model), "--out", str(out)]) == 0  # fmt: skip

    assert table(out)[0]["label"] == "树" and table(out)[0]["sure"] == "1"
    assert "180 in all" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments,said",
    [
        (["duplicates", "{bad}", "--out", "{out}"], "has no column text"),
        (["train", "{one}", "--model", "{out}"], "at least two"),
        (["suggest", "{one}", "--model", "{one}", "--out", "{out}"], "no model"),
        (["issues", "{none}", "--out", "{out}"], "No such file"),
        (["duplicates", "{time}", "--out", "{out}"], "no time"),
    ],
)
def test_faults_of_files_are_one_line(tmp_path, capsys, arguments: list[str], said: str) -> None:
    files = {
        "bad": write(tmp_path / "bad.csv", ["a"], [["b"]]), "one": write(tmp_path / "one.csv", ["text", "label"], [["a", "b"]]),
        "time": write(tmp_path / "time.csv", ["text", "lng", "lat", "at"], [["a", 1, 1, "soon"]]),
        "none": str(tmp_path / "none.csv"), "out": str(tmp_path / "out"),
    }  # fmt: skip

    assert main("likeness", [argument.format(**files) for argument in arguments]) == 2

    assert said in capsys.readouterr().err


def test_warming_compiles_everything() -> None:
    likeness.warm()


def test_phrases_alone_suggest_before_anything_was_learned() -> None:
    phrases = [(phrase, label) for label, things in THINGS.items() for phrase in things]
    own = likeness.words_model([phrase for phrase, _label in phrases], [label for _phrase, label in phrases])

    asked, truth = told(60, seed=4)
    right = [own.suggest(text)[0].label == label for text, label in zip(asked, truth, strict=True)]

    assert np.mean(right) > 0.95
    assert likeness.words_model([], []).suggest("路灯") == []
    with pytest.raises(BadInput):
        likeness.words_model(["路灯"], [])
