#!/usr/bin/python3
"""Runs a tool of bcc up to where its program in C is compiled, and no further.

usage: compile-tool.py TOOL [ARGUMENT]...
Status 0: compiled. 1: it does not compile, and why is on standard error. Another status, or no line "compiled": the tool ended
before it came to that. This machine's kernel has no kprobes: what a tool would attach is not attached, for bcc attaches when
the program is loaded, which is after the compiler has made it.
"""
import os
import runpy
import sys

import bcc

compile_program = bcc.BPF.__init__


def compile_only(self, *arguments, **options):
    try:
        compile_program(self, *arguments, **options)
    except Exception as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(1)
    print("compiled", flush=True)
    os._exit(0)


bcc.BPF._trace_autoload = lambda self: None
bcc.BPF.__init__ = compile_only
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
