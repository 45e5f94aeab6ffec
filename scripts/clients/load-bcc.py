#!/usr/bin/python3
"""Has bcc compile a program that includes a header, and the kernel load it: usage: load-bcc.py HEADER"""
import sys

from bcc import BPF

text = "#include <%s>\nint seen(struct __sk_buff *context) { return 0; }" % sys.argv[1]
BPF(text=text).load_func("seen", BPF.SOCKET_FILTER)
