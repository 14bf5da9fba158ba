/* How fast sofia-sip handles a message: `parse_speed FILE SECONDS` prints for each kind of work its name and messages a
   second of CPU time. Reading by type is part of parsing in sofia-sip. */
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/msg_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char message[65536];
static size_t length;
static volatile size_t sink;

/* Parses; 0 when the message has an error or one of the headers that a call needs is not there. */
static int parse(msg_t **parsed)
{
    msg_t *msg = msg_make(sip_default_mclass(), 0, message, (ssize_t)length);
    sip_t *sip = msg ? sip_object(msg) : NULL;
    *parsed = msg;
    if (!sip || sip->sip_error || !sip->sip_request || !sip->sip_via || !sip->sip_from || !sip->sip_to || !sip->sip_cseq ||
        !sip->sip_call_id || !sip->sip_contact || !sip->sip_route || !sip->sip_max_forwards || !sip->sip_payload)
        return 0;
    sink += sip->sip_cseq->cs_seq + strlen(sip->sip_contact->m_url->url_user) + strlen(sip->sip_to->a_url->url_host);
    return 1;
}

static int parse_only(void)
{
    msg_t *msg;
    int good = parse(&msg);
    msg_destroy(msg);
    return good;
}

/* Parses, and writes the message from its parts: every header that was read is a part with its text. */
static int parse_and_write(void)
{
    static char out[65536];
    msg_t *msg;
    int good = parse(&msg);
    size_t written = 0;
    if (good) {
        msg_iovec_t parts[128];
        isize_t count, i;
        good = msg_serialize(msg, (msg_pub_t *)sip_object(msg)) >= 0 && msg_prepare(msg) > 0;
        count = msg_iovec(msg, parts, 128);
        for (i = 0; good && i < count && i < 128; i++) {
            memcpy(out + written, parts[i].mv_base, parts[i].mv_len);
            written += parts[i].mv_len;
        }
        sink += written + (size_t)out[written / 2];
        good = good && written == length;
    }
    msg_destroy(msg);
    return good;
}

static double cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int measure(const char *name, double seconds, int (*work)(void))
{
    double start = cpu(), spent = 0;
    long done = 0;
    while (spent < seconds) {
        int i;
        for (i = 0; i < 1000; i++)
            if (!work()) {
                fprintf(stderr, "%s: the message was not handled\n", name);
                return 0;
            }
        done += 1000;
        spent = cpu() - start;
    }
    printf("%s %.0f\n", name, (double)done / spent);
    return 1;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    double seconds;
    if (!file) {
        fprintf(stderr, "parse_speed FILE SECONDS\n");
        return 2;
    }
    length = fread(message, 1, sizeof message, file);
    fclose(file);
    seconds = atof(argv[2]);
    return measure("typed", seconds, parse_only) && measure("written", seconds, parse_and_write) ? 0 : 1;
}
