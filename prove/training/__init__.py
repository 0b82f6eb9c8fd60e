"""From a configuration to a trained policy.

stages.py       what a run does in turn         rows.py plan.py online.py conversations.py   what it learns from
verl_config.py  verl's configuration            history.py checkpoints.py    metrics.jsonl, what a run continues from
trainer.py      GRPO    sft.py    fine-tuning   reports.py                   numbers of a batch's episodes
heartbeat.py    who still lives                 ray_jobs.py                  a Ray for one job, and why it failed
progress.py     shown while it runs             summary.py                   table and curves at the end
loggers.py      W&B, TensorBoard, CSV           pages.py                     episodes, rows and model for W&B
"""
