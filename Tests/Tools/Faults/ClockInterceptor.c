// What libfaketime leaves out: it moves the clock by which POSIX's condition variables wait, but not that of C11's, and
// librdkafka waits by C11's. Without this a wait of a second would become one of 30 days, which no clock does.
//
// The case F19 loads this before libfaketime; nothing else does.
#include <errno.h>
#include <pthread.h>
#include <threads.h>

// In glibc the types of C11 are those of POSIX.
int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict end)
{
    int status = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, end);
    return status == 0 ? thrd_success : status == ETIMEDOUT ? thrd_timedout : thrd_error;
}
