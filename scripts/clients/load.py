#!/usr/bin/python3
"""Has the kernel load a BPF object, by libbpf: usage: load.py OBJECT"""
import ctypes
import sys

library = ctypes.CDLL("libbpf.so.1")
library.bpf_object__open.restype = ctypes.c_void_p
opened = library.bpf_object__open(sys.argv[1].encode())
if not opened:
    sys.exit("error: libbpf cannot open " + sys.argv[1])
if library.bpf_object__load(ctypes.c_void_p(opened)):
    sys.exit("error: the kernel does not take it")
