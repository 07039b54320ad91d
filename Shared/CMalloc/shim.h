#pragma once

/* The part of glibc's allocator that Swift's module of it leaves out. */
#include <malloc.h>
