"""BPF from nothing but ctypes: write a program (`asm`), find the kernel's types (`btf`), attach it (`program`)."""
