# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/bench/run and tests/bench/report are made of: running the programs (processes, plan, requests), what their
figures mean (table), and showing that (text, charts)."""
