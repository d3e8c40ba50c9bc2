/* Checks a receipt or other file of a Consentree network: verify FILE TRUST_FILE. */
#include <consentree_verify.h>

#include <stdio.h>
#include <stdlib.h>

/* The whole file, or NULL. */
static char* read_whole(const char* path, size_t* bytes) {
    FILE* file = fopen(path, "rb");
    char* text = NULL;
    long size = 0;
    if (file == NULL) return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 &&
        fseek(file, 0, SEEK_SET) == 0) {
        text = malloc((size_t)size + 1);
    }
    if (text != NULL) *bytes = fread(text, 1, (size_t)size, file);
    fclose(file);
    return text;
}

int main(int argc, char** argv) {
    size_t file_bytes = 0, trust_bytes = 0;
    char *file, *trust;
    consentree_report* report;
    int standing;

    if (argc != 3) {
        fprintf(stderr, "usage: %s FILE TRUST_FILE\n", argv[0]);
        return 2;
    }
    file = read_whole(argv[1], &file_bytes);
    trust = read_whole(argv[2], &trust_bytes);
    report = consentree_verify(file, file_bytes, trust, trust_bytes);
    standing = consentree_report_standing(report);
    fputs(consentree_report_text(report), standing == CONSENTREE_VERIFIED ? stdout : stderr);
    consentree_report_free(report);
    free(file);
    free(trust);
    return standing;
}
