"""Loads folders that Pavlov wrote with transformers and PEFT and compares what they compute.

    python check_loading.py cases.json

Each case names a folder ("model" or "adapter"), the model it was trained from, a text with its token ids, and the
log-probabilities and entropies that Pavlov computed. Exits with 1 where a check fails, with 2 where this Python cannot
check.
"""

import json
import sys
import warnings

TOLERANCE = 1e-4


def fail_early(error):
    print(f"SKIPPED nothing was checked: this Python ({sys.executable}) lacks {error.name}.")
    print("        Give one that has torch, transformers and peft: --python <python>")
    sys.exit(2)


try:
    import torch
    from peft import AutoPeftModelForCausalLM, PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging
except ModuleNotFoundError as error:
    fail_early(error)


warnings.simplefilter("ignore", FutureWarning)
logging.disable_progress_bar()


def load(case):
    """The model, by every way that its users load it, and what the loading complained of."""
    folder = case["folder"]
    if case["kind"] == "model":
        model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
        yield "transformers", model, [f"{key}: {sorted(value)}" for key, value in info.items() if value]
        return
    base = AutoModelForCausalLM.from_pretrained(case["source"], dtype=torch.float32)
    yield "peft", PeftModel.from_pretrained(base, folder), []
    yield "peft, base by its name", AutoPeftModelForCausalLM.from_pretrained(folder, dtype=torch.float32), []
    yield "transformers, adapter's folder", AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), []
    base = AutoModelForCausalLM.from_pretrained(case["source"], dtype=torch.float32)
    yield "peft, merged", PeftModel.from_pretrained(base, folder).merge_and_unload(), []


def largest(found, expected):
    return max(abs(a - b) for a, b in zip(found, expected, strict=True))


@torch.no_grad()
def compare(model, case):
    ids = torch.tensor([case["ids"]])
    log_probabilities = model(input_ids=ids).logits[0, :-1].double().log_softmax(-1)
    chosen = log_probabilities.gather(-1, ids[0, 1:, None])[:, 0]
    entropies = -(log_probabilities.exp() * log_probabilities).sum(-1)
    return max(largest(chosen.tolist(), case["logProbabilities"]), largest(entropies.tolist(), case["entropies"]))


def check(case):
    """Lines of one case: whether it passed, and what was found."""
    ids, original = (AutoTokenizer.from_pretrained(case[key])(case["text"])["input_ids"] for key in ("folder", "source"))
    # transformers 5 replaces some families' pre-tokenizer by its own, whatever tokenizer.json says, where a config.json
    # names the family. Pavlov keeps to tokenizer.json.
    whose = "Pavlov's" if ids == case["ids"] else "those of the model it was trained from"
    passed = ids in (original, case["ids"])
    yield "tokenizer", passed, f"token ids are {whose}" if passed else f"token ids {ids} are not {case['ids']}"
    for way, model, complaints in load(case):
        difference = compare(model.eval(), case)
        passed = difference <= TOLERANCE and not complaints
        detail = f"log-probabilities and entropies differ by at most {difference:.1e}"
        yield way, passed, "; ".join([detail, *complaints])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    passes = failures = 0
    for case in cases:
        try:
            results = list(check(case))
        except Exception as error:  # whatever the libraries throw is the finding
            results = [("loading", False, f"{type(error).__name__}: {error}")]
        for way, passed, detail in results:
            passes += passed
            failures += not passed
            print(f"{'PASS' if passed else 'FAIL'} {case['name']} ({way}): {detail}")
    print(f"\n{passes} of {passes + failures} checks passed.")
    sys.exit(1 if failures or not passes else 0)


main()
