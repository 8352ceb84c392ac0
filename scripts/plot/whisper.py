# WHISPER figure with pandas and matplotlib: python3 whisper.py results/whisper.csv whisper.pdf
import sys
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

LOOKS = {"no-sm": ("#bbbbbb", ""), "sm-rc": ("#bb5566", "////"),
         "sm-ob": ("#ddaa33", "...."), "sm-dd": ("#004488", "")}
SUITE = "echo ycsb tpcc redis ctree hashmap vacation memcached nfs exim mysql".split()
plt.rcParams.update({"font.size": 7, "axes.titlesize": 7, "pdf.fonttype": 42})
rows = pd.read_csv(sys.argv[1])
figure, panels = plt.subplots(2, 1, figsize=(6.9, 3.4), sharex=True)
for panel, policy in zip(panels, ["auto", "any"]):
    time = rows[rows.queuePairs == policy].pivot_table("slowdownOverNoSm", "workload", "backend")
    time = time.reindex(index=SUITE, columns=list(LOOKS))
    for place, (design, (colour, hatch)) in enumerate(LOOKS.items()):
        panel.bar([at + 0.2 * place - 0.3 for at in range(len(SUITE))], time[design], 0.2,
                  label=design, color=colour, hatch=hatch, edgecolor="black", linewidth=0.3)
    panel.axhline(1, color="black", linewidth=0.5)
    panel.set(title=f"queue pairs: {policy}", ylabel="time over no-sm (ratio)",
              xticks=range(len(SUITE)), xticklabels=SUITE, xlim=(-0.6, 10.6))
panels[0].legend(ncols=4, frameon=False)
figure.tight_layout()
figure.savefig(sys.argv[2], dpi=300)
