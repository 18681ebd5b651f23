"""The grammar of equations: what it reads, what it says of everything else, and that text and objects are one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms import Fixed, Node
from bayes_roi.model.language.equations import Confounding, Equation, line_of, parse_equations
from tests.model.strategies import labels, models, unhurried

READ = {
    "a sum of names": ("y ~ a + b", ["y ~ a + b"]),
    "a line that goes on while a bracket is open": ("y ~ hill(\n  adstock(a,\n  max_lag=4)\n)", None),
    "a line that goes on with a leading plus": ("y ~ a\n  + b\n\n  # and\n  + c", ["y ~ a + b + c"]),
    "a line that goes on after a trailing plus": ("y ~ a +\n  b", ["y ~ a + b"]),
    "a first cause with a plus of its own": ("y ~\n  + a\n  + b", ["y ~ a + b"]),
    "a comment at the end and on its own line": ("# y ~ z\ny ~ a  # y ~~ a", ["y ~ a"]),
    "line ends of Windows and of old Macs": ("y ~ a\r\nz ~ b\rx ~ c", ["y ~ a", "z ~ b", "x ~ c"]),
    "indented lines": ("  y ~ a\n\tz ~ b\n x ~ c", ["y ~ a", "z ~ b", "x ~ c"]),
    "a form feed between lines": ("y ~ a\n\x0cz ~ b", ["y ~ a", "z ~ b"]),
    "a label with # and ~ in it": ('y ~ hill(a, label="#1 ~ best")', ['y ~ hill(a, label="#1 ~ best")']),
    "a label in single quotes": ("y ~ hill(a, label='it''s')", ['y ~ hill(a, label="its")']),
    "a label with a quote and a backslash": (r'y ~ hill(a, label="\"q\" \\")', [r'y ~ hill(a, label="\"q\" \\")']),
    "a label with a backslash that escapes nothing": (r'y ~ hill(a, label="\d")', [r'y ~ hill(a, label="\\d")']),
    "no intercept": ("y ~ 0 + a", ["y ~ 0 + a"]),
    "an intercept that is written": ("y ~ 1 + a", ["y ~ 1 + a"]),
    "an intercept alone": ("y ~ 1", ["y ~ 1"]),
    "a fixed coefficient": ("y ~ 1*a + 0.5*b", ["y ~ 1*a + 0.5*b"]),
    "a negative fixed coefficient": ("y ~ 0 + 1*a + -1*b", ["y ~ 0 + 1*a + -1*b"]),
    "numbers as floats are written": ("y ~ 1e-3*a + .5*b + 1_000*c", ["y ~ 0.001*a + 0.5*b + 1000*c"]),
    "brackets around a term": ("y ~ (a) + (b)", ["y ~ a + b"]),
    "names of other scripts": ("umsätze ~ реклама + विज्ञापन", ["umsätze ~ реклама + विज्ञापन"]),
    "full-width letters": ("ｙ ~ ａ + ｈｉｌｌ(ｂ)", ["y ~ a + hill(b)"]),
    "words that Python keeps only in places": ("match ~ type + case + _", ["match ~ type + case + _"]),
    "the default of an option": ("y ~ adstock(a, max_lag=8, label=None)", ["y ~ adstock(a)"]),
    "every baseline": ("y ~ trend() + season(period=52.18, order=2)", ["y ~ trend() + season(period=52.18, order=2)"]),
    "lag and interact": ("y ~ lag(y, 2) + interact(a, b)", ["y ~ lag(y, 2) + interact(a, b)"]),
    "factor": ("y ~ factor(a) + b", ["y ~ factor(a) + b"]),
    "an effect by panel unit": ("y ~ (a | geo) + b", ["y ~ (a | geo) + b"]),
    "a curve by panel unit": ("y ~ (hill(adstock(a)) | geo)", ["y ~ (hill(adstock(a)) | geo)"]),
    "a spend of either sign": ("y ~ hill(a, signed=True)", ["y ~ hill(a, signed=True)"]),
    "an intercept by panel unit": ("y ~ (1 | geo) + a", ["y ~ (1 | geo) + a"]),
    "one by panel unit and one by period": ("y ~ a + (1 | geo) + (1 | week)", ["y ~ (1 | geo) + (1 | week) + a"]),
    "a common one and one by period": ("y ~ (1 | week) + 1", ["y ~ 1 + (1 | week)"]),
    "one by period alone": ("y ~ 0 + (1 | week)", ["y ~ 0 + (1 | week)"]),
    "shared parameters": ('y ~ hill(a, share="s")', ['y ~ hill(a, share="s")']),
    "an identity": ("y := a * b", ["y := a * b"]),
    "an identity with brackets and numbers": ("y := (a - -2) / (b + 1e3)", ["y := (a - -2) / (b + 1000.0)"]),
    "one parent in two terms": ('y ~ a + hill(a, label="curve")', ['y ~ a + hill(a, label="curve")']),
}


@pytest.mark.parametrize(("text", "wanted"), READ.values(), ids=READ.keys())
def test_reads(text: str, wanted: list[str] | None) -> None:
    equations, _ = parse_equations(text)
    assert [str(e) for e in equations] == (wanted or ["y ~ hill(adstock(a, max_lag=4))"])
    assert parse_equations("\n".join(map(str, equations)))[0] == equations


def test_terms_are_objects() -> None:
    (equation,), _ = parse_equations("y ~ 0 + a + 2*b")
    assert equation == Equation("y", (Node("a"), Fixed(2, Node("b"))), intercept="none")


def test_an_unobserved_common_cause_gives_both_nodes_an_equation() -> None:
    equations, confounding = parse_equations("y ~ a\na ~~ y\nz ~~ y")
    assert equations == (Equation("y", (Node("a"),)), Equation("a", ()), Equation("z", ()))
    assert confounding == (Confounding("a", "y"), Confounding("z", "y"))


def test_line_of_finds_the_equation_of_a_node() -> None:
    text = "# first\n\ny ~ a +\n b\nｚ ~ y"
    assert [line_of(text, node) for node in ("y", "z", "a")] == [3, 5, 1]


MAPPED = "give the node another name and map it in columns:"
KNOWN = (
    "adstock, exponential, factor, hill, interact, lag, log1p, logistic, michaelis_menten, root, season, tanh, trend"
)
WRONG = {
    # what a line is
    "no equations": ("# nothing\n", "there are no equations; write for example 'revenue ~ adstock(tv_spend)'"),
    "no tilde": (
        "y ~ a\nb + c",
        "line 2, column 1: expected one ~ between a node and its causes, got none: 'b + c'; "
        "an equation goes on when the next line begins with +",
    ),
    "two tildes": (
        "y ~ a ~ b",
        "line 1, column 7: expected one ~ between a node and its causes, got 2; write one equation a line",
    ),
    "a trailing plus that takes the next equation in": (
        "y ~ a +\nz ~ b",
        "line 2, column 3: expected one ~ between a node and its causes, got 2; write one equation a line",
    ),
    "nothing on the left": ("~ a", "line 1, column 1: the left side must be one name, got nothing"),
    "two names on the left": (
        "\n  my y ~ a",
        "line 2, column 3: the left side must be one name, got 'my y'; "
        "a column with another name is mapped in columns:",
    ),
    "a call on the left": (
        "log(y) ~ a",
        "line 1, column 1: the left side must be one name, got 'log(y)'; "
        "a column with another name is mapped in columns:",
    ),
    "nothing on the right": (
        "y ~\nz ~ a",
        "line 1, column 3: 'y' has nothing on the right of ~; write its causes, or 1 for none",
    ),
    "two equations of a node": (
        "y ~ a\ny ~ b",
        "line 2, column 1: 'y' has an equation already; put all its causes into one",
    ),
    "a bracket that is not closed": (
        "y ~ a + hill(b\nz ~ c",
        "line 1, column 13: this ( is not closed; write ) where it ends",
    ),
    "a bracket too many": ("y ~ a)", "line 1, column 6: this ) closes no bracket; leave it out or open one before"),
    "brackets that do not match": (
        "y ~ (a]",
        "line 1, column 7: this ] closes no bracket; leave it out or open one before",
    ),
    "brackets too deep": (
        f"y ~ {'(' * 5000}a{')' * 5000}",
        "line 1, column 25: more than 20 brackets inside one another; a term has two or three",
    ),
    "a quote that is not closed": (
        'y ~ hill(a, label="b)',
        'line 1, column 19: this " is not closed; a quoted text ends on its line',
    ),
    "5,000 terms": (
        "y ~ " + " + ".join(f"x{i}" for i in range(5000)),
        "line 1, column 5: 5000 terms, at most 1000 can be read; an equation lists causes, not all columns",
    ),
    "an expression too long for Python": (
        f"y ~ {'-' * 100_000}a",
        f"line 1, column 5: {'-' * 56 + ' ...'!r} is too long to read; write terms joined by +",
    ),
    # characters and words
    "a sign without meaning": ("y ~ a ? b", "line 1, column 7: '?' has no meaning here"),
    "a backslash": ("y ~ a \\\n + b", "line 1, column 7: '\\\\' has no meaning here"),
    "a null byte": ("y ~ a\0b", "line 1, column 6: '\\x00' has no meaning here"),
    "a no-break space": ("y ~\xa0a", "line 1, column 4: the blank U+00A0 has no meaning here; write a plain space"),
    "a line separator of Unicode": (
        "y ~ a\u2028z ~ b",
        "line 1, column 6: the blank U+2028 has no meaning here; write a plain space",
    ),
    "half a character": ("y ~ \ud800", f"line 1, column 5: '\\ud800' is not a name; {MAPPED}"),
    "a symbol as a name": ("y ~ €", f"line 1, column 5: '€' is not a name; {MAPPED}"),
    "a name that begins with a digit": (
        "y ~ 2nd",
        "line 1, column 5: '2nd' is neither a number nor a name; a name does not begin with a digit",
    ),
    "a name with a dot": (
        "y ~ b + tv.spend",
        f"line 1, column 9: a name has no dot: tv.spend; {MAPPED}",
    ),
    "a Python keyword as a cause": ("y ~ a + lambda", f"line 1, column 9: 'lambda' is a Python keyword; {MAPPED}"),
    "a Python keyword in full-width letters": ("y ~ ｉｆ", f"line 1, column 5: 'if' is a Python keyword; {MAPPED}"),
    "a Python keyword on the left": ("class ~ a", f"line 1, column 1: 'class' is a Python keyword; {MAPPED}"),
    "a term without brackets": (
        "y ~ trend",
        f"line 1, column 5: 'trend' is a term and needs brackets, as in trend(...), or if it is a node, {MAPPED}",
    ),
    "a family as a node": ("y ~ normal", f"line 1, column 5: 'normal' is the name of a family or a role; {MAPPED}"),
    "a role as a node": ("sigma ~ a", f"line 1, column 1: 'sigma' is the name of a family or a role; {MAPPED}"),
    # sums
    "two causes without a plus": (
        "y ~ a b",
        "line 1, column 7: cannot read 'a b' as a sum of terms; write a + hill(b)",
    ),
    "a plus at the end": ("y ~ a +", "line 1, column 7: the sum ends in +; write the next term or leave it out"),
    "a minus": (
        "y ~ a - b",
        "line 1, column 5: a minus has no meaning here: a - b; write a + b, the sign is estimated",
    ),
    "a minus of one": (
        "y ~ -1 + a",
        "line 1, column 5: a minus has no meaning here: -1; write a + b, the sign is estimated",
    ),
    "a product": (
        "y ~ a + a*b",
        "line 1, column 9: a product has no meaning here: a*b; write interact(a, b), or 1*x to fix a coefficient",
    ),
    "a colon": ("y ~ a:b", "line 1, column 6: a colon has no meaning here; write interact(a, b)"),
    "a quotient": (
        "y ~ a/b",
        "line 1, column 5: a quotient has no meaning here: a/b; put the ratio into a column of its own",
    ),
    "a power": ("y ~ a**2", "line 1, column 5: a power has no meaning here: a**2; write root(x) or another saturation"),
    "a comma": ("y ~ a, b", "line 1, column 5: a comma has no meaning here: a, b; write a + b"),
    "a sum in brackets": (
        "y ~ a + (b + c)",
        "line 1, column 10: a sum inside a term has no meaning here: b + c; write the terms one by one",
    ),
    "two effects by panel unit in one bracket": (
        "y ~ (a + b | geo)",
        "line 1, column 6: a + b | geo: write one term in each bracket, as in (a | geo) + (b | geo)",
    ),
    "a panel unit that is no name": (
        "y ~ (a | hill(geo))",
        "line 1, column 10: hill(geo): the right of | is the panel's column, as in (x | geo)",
    ),
    "a vector of effects by panel unit": (
        "y ~ (season(period=52.18, order=2) | geo)",
        "line 1, column 6: (season(period=52.18, order=2) | geo): only terms with a single effect vary by panel unit",
    ),
    "a category by panel unit": (
        "y ~ (factor(a) | geo)",
        "line 1, column 6: (factor(a) | geo): only terms with a single effect vary by panel unit",
    ),
    "a fixed effect by panel unit": (
        "y ~ (2*a | geo)",
        "line 1, column 6: (2*a | geo): only a term with an effect of its own varies",
    ),
    "a shared effect by panel unit": (
        'y ~ (hill(a, share="s") | geo)',
        'line 1, column 6: (hill(a, share="s") | geo): a term either varies or shares its parameters',
    ),
    "an intercept by panel unit twice": (
        "y ~ (1 | geo) + a + (1 | geo)",
        "line 1, column 22: 1 | geo is there already; write it once",
    ),
    # accounting identities
    "an identity of nothing": (
        "y :=",
        "line 1, column 3: 'y' has nothing on the right of :=; write what it is computed from, as in a * b",
    ),
    "an identity of a number": (
        "y := 3",
        "line 1, column 6: y := 3 names no node; write what it is computed from, as in a * b",
    ),
    "an identity with a function": (
        "y := a + log(b)",
        "line 1, column 10: log(b) has no meaning after :=; write nodes and numbers with + - * /",
    ),
    "an identity with a term": (
        "y := hill(a)",
        "line 1, column 6: hill(a) has no meaning after :=; write nodes and numbers with + - * /",
    ),
    "an identity with a comparison": (
        "y := a > b",
        "line 1, column 6: a > b has no meaning after :=; write nodes and numbers with + - * /",
    ),
    "an identity with a power": (
        "y := a ** 2",
        "line 1, column 6: a ** 2 has no meaning after :=; write nodes and numbers with + - * /",
    ),
    "an identity with a number beyond floats": (
        "y := 1e999 * a",
        "line 1, column 6: a number beyond the range of floats",
    ),
    "an identity of a node with an equation": (
        "y ~ a\ny := a * b",
        "line 2, column 1: 'y' has an equation already; put all its causes into one",
    ),
    "an identity with a tilde": (
        "y := a ~ b",
        "line 1, column 8: expected one ~ between a node and its causes, got 2; write one equation a line",
    ),
    "an identity of two nodes": (
        "y + z := a",
        "line 1, column 1: the left of := must be one name, got 'y + z'; "
        "a column with another name is mapped in columns:",
    ),
    "a text as a cause": ('y ~ "a"', 'line 1, column 5: "a" is a text, not a node; write the name without quotes'),
    "a number as a cause": (
        "y ~ a + 2",
        "line 1, column 9: 2 is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone",
    ),
    "true as a cause": (
        "y ~ True",
        "line 1, column 5: True is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone",
    ),
    "a zero that does not come first": (
        "y ~ a + 0",
        "line 1, column 9: 0 is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone",
    ),
    "a list": ("y ~ [a]", "line 1, column 5: [a] is not a term"),
    "no intercept and an intercept": (
        "y ~ 0 + a + 1",
        "line 1, column 13: 0 + says no intercept and 1 says one; keep one of the two",
    ),
    "the intercept twice": (
        "y ~ 1 + a + 1",
        "line 1, column 13: the intercept 1 is there already; write it once or leave it out",
    ),
    "neither an intercept nor a cause": (
        "y ~ 0",
        "line 1, column 5: 'y' has neither an intercept nor a cause; write 1 for a node without causes",
    ),
    "a term twice": ("y ~ a + b + a", "line 1, column 13: 'y' has the term a twice; leave one out"),
    "two terms of one name": (
        "y ~ hill(a) + a",
        "line 1, column 15: 'y' has two terms called 'a': hill(a) and a; "
        'give one a name of its own with label=, as in hill(a, label="other")',
    ),
    "two terms of one label": (
        'y ~ hill(a, label="x") + tanh(b, label="x")',
        "line 1, column 26: 'y' has two terms called 'x': "
        'hill(a, label="x") and tanh(b, label="x"); '
        'give one a name of its own with label=, as in tanh(b, label="other")',
    ),
    "a node and the same node fixed": (
        "y ~ a + 1*a",
        "line 1, column 9: 'y' has two terms called 'a': a and 1*a; leave one out",
    ),
    # terms
    "an unknown term": (
        "y ~\n  + hil(a)",
        f"line 2, column 5: unknown term 'hil', did you mean 'hill'?; known are {KNOWN}",
    ),
    "a term of a later release": ("y ~ gp(a)", f"line 1, column 5: gp() is not supported yet; known are {KNOWN}"),
    "too many arguments": (
        "y ~ hill(a, b)",
        "line 1, column 5: hill takes 1 unnamed argument: hill(x, label=, share=, signed=)",
    ),
    "too few arguments": (
        "y ~ lag(a)",
        "line 1, column 5: lag takes 2 unnamed arguments: lag(x, k, label=, share=, signed=)",
    ),
    "an unknown option": (
        "y ~ adstock(a, maxlag=2)",
        "line 1, column 16: adstock has no option 'maxlag', did you mean 'max_lag'?; "
        "it has kind, max_lag, label, share, signed",
    ),
    "options in a dictionary": (
        "y ~ hill(a, **b)",
        "line 1, column 13: hill has no option '**'; it has label, share, signed",
    ),
    "an option twice": (
        "y ~ adstock(a, max_lag=2, max_lag=3)",
        "line 1, column 27: adstock has the option 'max_lag' twice; keep one of the two",
    ),
    "an option without quotes": (
        "y ~ adstock(a, kind=delayed)",
        "line 1, column 21: an option must be a number or a quoted text, got delayed",
    ),
    "an option that is a text with a minus": (
        'y ~ hill(a, label=-"b")',
        'line 1, column 19: an option must be a number or a quoted text, got -"b"',
    ),
    "an option beyond floats": (
        "y ~ season(period=1e999, order=1)",
        "line 1, column 19: a number beyond the range of floats",
    ),
    "a whole number beyond floats": (
        f"y ~ lag(a, 1{'0' * 400})",
        "line 1, column 12: a number beyond the range of floats",
    ),
    "a coefficient beyond floats": (f"y ~ 1{'0' * 400}*a", "line 1, column 5: a number beyond the range of floats"),
    "a coefficient of a term": (
        "y ~ 1*hill(a)",
        "line 1, column 5: a fixed coefficient takes a node, got hill(a)",
    ),
    "a saturation inside a saturation": (
        "y ~ hill(tanh(a))",
        "line 1, column 5: hill(tanh(a)): a saturation inside a saturation has no meaning here; keep one of the two",
    ),
    "an adstock of an adstock": (
        "y ~ adstock(adstock(a))",
        "line 1, column 5: adstock takes a node, got adstock(a)",
    ),
    "an unknown kind of adstock": (
        'y ~ adstock(a, kind="delay")',
        "line 1, column 5: adstock's kind must be one of delayed, geometric, got 'delay', did you mean 'delayed'?",
    ),
    "a negative option": (
        "y ~ adstock(a, max_lag=-1)",
        "line 1, column 5: adstock's max_lag must be a whole number, between 0 and 1000, got -1",
    ),
    "an option that is true": (
        "y ~ adstock(a, max_lag=True)",
        "line 1, column 5: adstock's max_lag must be a whole number, between 0 and 1000, got True",
    ),
    "an option that is a fraction": (
        "y ~ lag(a, 1.5)",
        "line 1, column 5: lag's k must be a whole number, between 1 and 1000, got 1.5",
    ),
    "a label with a dot": (
        'y ~ hill(a, label="b.c")',
        "line 1, column 5: label must be a non-empty text without '.', '/' or control characters, got 'b.c'",
    ),
    "a season without its order": (
        "y ~ season(period=52)",
        "line 1, column 5: season needs period (in rows) and order, as in season(period=52.18, order=2)",
    ),
    # unobserved common causes
    "an unobserved common cause as a term": (
        "y ~ a ~~ b",
        "line 1, column 7: ~~ stands on a line of its own, as in a ~~ b; it is not a term",
    ),
    "an unobserved common cause of three": (
        "a ~~ b + c",
        "line 1, column 6: the right of ~~ must be one name, got 'b + c'; "
        "a column with another name is mapped in columns:",
    ),
    "an unobserved common cause of one": ("a ~~", "line 1, column 3: the right of ~~ must be one name, got nothing"),
    "an unobserved common cause of a node and itself": (
        "a ~~ a",
        "line 1, column 1: a ~~ a: a node shares every cause with itself; name two nodes",
    ),
    "an unobserved common cause twice": (
        "a ~~ b\nb ~~ a",
        "line 2, column 1: b ~~ a is there already; write it once",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG.keys())
def test_says_what_is_wrong_with(text: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse_equations(text)
    assert str(caught.value) == (f"equations {message}" if message.startswith("line") else message)
    assert caught.value.where == ("equations",)


def test_columns_count_characters_as_an_editor_does() -> None:
    with pytest.raises(ModelError) as caught:
        parse_equations('y ~ hill(ｕｍｓäｔｚ, label="💰") + 3\n')
    assert (caught.value.line, caught.value.column) == (1, 31)


@unhurried
@given(models())
def test_every_equation_reads_back_from_its_text(model: object) -> None:
    for equation in model.equations:  # type: ignore[attr-defined]
        assert parse_equations(str(equation))[0] == (equation,)


@unhurried
@given(labels)
def test_every_label_reads_back(label: str) -> None:
    text = str(Equation("y", parse_equations("y ~ hill(a)")[0][0].terms))
    (equation,), _ = parse_equations(text.replace("hill(a)", f"hill(a, label={label!r})"))
    assert parse_equations(str(equation))[0] == (equation,)
    assert equation.terms[0].label_or_default == label


pieces = st.sampled_from(
    [
        *"+-*/|:~()[]{},=.<>%@&^!?$\\#'\";` \t\n\r\x0b\x0c\x1c\x85\xa0\u2028\u2029\ufeff\0_01",
        *(
            "y ",
            "a",
            "~",
            "~~",
            " ~ ",
            ":=",
            " := ",
            " | geo)",
            "(1 | geo)",
            "factor(",
            "share=",
            "hill(",
            "adstock(",
            "lag(",
            "season(",
            "label=",
            "max_lag=",
            "k=",
            "1e999",
            "1j",
        ),
        *(
            "0 + ",
            "1*",
            "if",
            "lambda ",
            "True",
            "None",
            "f'{",
            'r"',
            "'''",
            '"""',
            "０",
            "²",
            "ａ",
            "\\N{",
            "\\u",
            "\ud800",
        ),
    ]
)


@settings(unhurried, max_examples=500)
@given(st.one_of(st.lists(pieces, max_size=30).map("".join), st.text(max_size=50)))
def test_any_text_is_read_or_refused_with_a_model_error(text: str) -> None:
    for whole in (text, f"y ~ {text}"):
        try:
            equations, confounding = parse_equations(whole)
        except ModelError:
            continue
        again = "\n".join(str(x) for x in (*equations, *confounding))
        assert parse_equations(again) == (equations, confounding)


@pytest.mark.parametrize("piece", ["(", "a(", "[", "-", "a.", "a**", "a<", "not ", "1*", "a+", "~", "hill(", "'"])
def test_any_piece_five_thousand_times_is_refused_with_a_model_error(piece: str) -> None:
    with pytest.raises(ModelError):
        parse_equations(f"y ~ {piece * 5000}a")
