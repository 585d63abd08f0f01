/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_JSON_H
#define FDR_RESULT_JSON_H

/* The first member of the JSON form; the number grows when its meaning changes. */
#define FDR_RESULT_FORMAT	"faultdrill-result/1"

#endif /* FDR_RESULT_JSON_H */
