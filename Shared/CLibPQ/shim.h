#pragma once

#include <postgresql/libpq-fe.h>

// What a thread waits on beside libpq's socket, to be woken by another thread; Swift's Glibc module leaves it out.
#include <sys/eventfd.h>
