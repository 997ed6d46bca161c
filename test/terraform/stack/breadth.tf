# The other resources and data sources of the provider that concern Amazon ECS and Elastic Load Balancing, with the blocks
# and forms that modules use. They receive no traffic.

locals {
  twice = var.desired_count == 2
}

data "aws_region" "current" {}
data "aws_partition" "current" {}
data "aws_ecs_clusters" "all" {}

resource "aws_ecs_tag" "default" {
  resource_arn = data.aws_ecs_cluster.default.arn
  key          = "extra"
  value        = var.message
}

resource "aws_ecs_account_setting_default" "insights" {
  name  = "containerInsights"
  value = local.twice ? "disabled" : "enabled"
}

resource "aws_ecs_task_definition" "breadth" {
  family       = "terraform-breadth"
  cpu          = "128"
  memory       = "64"
  network_mode = "bridge"
  pid_mode     = "task"
  ipc_mode     = "none"

  container_definitions = jsonencode([
    {
      name            = "main"
      image           = var.image
      essential       = true
      stopTimeout     = 2
      command         = ["sleep", "3600"]
      portMappings    = [{ containerPort = 80 }]
      mountPoints     = [{ sourceVolume = "data", containerPath = "/data", readOnly = true }]
      healthCheck     = { command = ["CMD-SHELL", "true"], interval = 5, retries = 3 }
      ulimits         = [{ name = "nofile", softLimit = 1024, hardLimit = 4096 }]
      linuxParameters = { initProcessEnabled = true }
    },
    {
      name              = "sidecar"
      image             = var.image
      essential         = false
      stopTimeout       = 2
      command           = ["sleep", "3600"]
      memoryReservation = 8
      dependsOn         = [{ containerName = "main", condition = "START" }]
    },
  ])

  volume {
    name = "data"

    docker_volume_configuration {
      scope  = "task"
      driver = "local"
    }
  }

  volume {
    name      = "host"
    host_path = "/tmp"
  }

  placement_constraints {
    type       = "memberOf"
    expression = "attribute:ecs.os-type == linux"
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
}

resource "aws_ecs_service" "rich" {
  name                               = "terraform-rich"
  task_definition                    = aws_ecs_task_definition.breadth.arn
  desired_count                      = 1
  enable_ecs_managed_tags            = true
  propagate_tags                     = "TASK_DEFINITION"
  health_check_grace_period_seconds  = 0
  deployment_maximum_percent         = 100 * (var.desired_count + 1)
  deployment_minimum_healthy_percent = 50

  deployment_controller {
    type = "ECS"
  }

  placement_constraints {
    type       = "memberOf"
    expression = "attribute:ecs.os-type == linux"
  }

  # A new value starts a new deployment.
  triggers = { message = var.message }
}

resource "aws_ecs_service" "daemon" {
  name                = "terraform-daemon"
  cluster             = "default"
  scheduling_strategy = "DAEMON"
  launch_type         = "EC2"
  task_definition     = "${aws_ecs_task_definition.breadth.family}:${aws_ecs_task_definition.breadth.revision}"
}

# The cluster has no container instances, so the tasks are never placed.
resource "aws_ecs_service" "forced" {
  name            = "terraform-forced"
  cluster         = aws_ecs_cluster.own.name
  task_definition = aws_ecs_task_definition.breadth.arn
  desired_count   = 2
  force_delete    = true
}

resource "aws_lb" "internal" {
  name_prefix                = "tf-"
  internal                   = true
  subnets                    = ["subnet-11111111", "subnet-22222222"]
  enable_http2               = !local.twice
  preserve_host_header       = true
  xff_header_processing_mode = "preserve"

  access_logs {
    bucket  = ""
    enabled = false
  }
}

resource "aws_lb" "mapped" {
  name                             = "terraform-mapped"
  load_balancer_type               = "network"
  enable_cross_zone_load_balancing = local.twice

  subnet_mapping {
    subnet_id = "subnet-11111111"
  }
}

resource "aws_alb_target_group" "addresses" {
  name_prefix                   = "tf-"
  protocol                      = "HTTP"
  port                          = 8080
  vpc_id                        = "vpc-11111111"
  target_type                   = "ip"
  slow_start                    = 30
  load_balancing_algorithm_type = "round_robin"

  stickiness {
    type            = "lb_cookie"
    cookie_duration = 60 * var.desired_count
  }

  health_check {
    path     = "/health"
    matcher  = "200-299"
    port     = "traffic-port"
    interval = 10
  }
}

# Without a name the provider makes one.
resource "aws_lb_target_group" "http2" {
  protocol         = "HTTP"
  protocol_version = "HTTP2"
  port             = 8081
  vpc_id           = "vpc-11111111"

  stickiness {
    type        = "app_cookie"
    cookie_name = "session"
    enabled     = false
  }
}

resource "aws_lb_target_group" "sticky" {
  name     = "terraform-sticky"
  protocol = "TCP"
  port     = 8081
  vpc_id   = "vpc-11111111"

  stickiness {
    type    = "source_ip"
    enabled = true
  }

  health_check {
    protocol = "TCP"
    interval = 10
    timeout  = 10
  }
}

resource "aws_lb_target_group" "checked" {
  name     = "terraform-checked"
  protocol = "TLS"
  port     = 8443
  vpc_id   = "vpc-11111111"

  health_check {
    protocol = "HTTP"
    path     = "/"
    interval = 5
  }
}

resource "aws_lb_target_group_attachment" "address" {
  target_group_arn = aws_alb_target_group.addresses.arn
  target_id        = "127.0.0.1"
  port             = 9
}

resource "aws_lb_listener" "weighted" {
  load_balancer_arn = aws_lb.internal.arn
  port              = var.http_port

  default_action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_alb_target_group.addresses.arn
        weight = 1
      }

      target_group {
        arn    = aws_lb_target_group.http2.arn
        weight = var.desired_count - 1
      }

      stickiness {
        enabled  = true
        duration = 60
      }
    }
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.internal.arn
  port              = var.tcp_port

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "sticky" {
  load_balancer_arn        = aws_lb.mapped.arn
  port                     = var.tcp_port
  protocol                 = "TCP"
  tcp_idle_timeout_seconds = 100 * var.desired_count

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.sticky.arn
  }
}

resource "aws_lb_listener_rule" "conditions" {
  listener_arn = aws_lb_listener.weighted.arn
  priority     = 5 * var.desired_count

  action {
    type             = "forward"
    target_group_arn = aws_alb_target_group.addresses.arn
  }

  condition {
    http_header {
      http_header_name = "X-Version"
      values           = ["1", "2*"]
    }
  }

  condition {
    http_request_method {
      values = ["GET"]
    }
  }

  condition {
    source_ip {
      values = ["127.0.0.0/8"]
    }
  }

  condition {
    query_string {
      value = "any-key"
    }
  }
}

data "aws_lb" "by_arn" {
  arn = aws_lb.internal.arn
}

data "aws_lb" "by_name" {
  name = aws_lb.mapped.name
}

data "aws_lbs" "all" {
  depends_on = [aws_lb.mapped]
}

data "aws_lb_listener" "by_port" {
  load_balancer_arn = aws_lb.mapped.arn
  port              = aws_lb_listener.sticky.port
}

data "aws_lb_target_group" "by_name" {
  name = aws_lb_target_group.sticky.name
}

data "aws_lb_hosted_zone_id" "current" {}

data "aws_ecs_service" "rich" {
  service_name = aws_ecs_service.rich.name
  cluster_arn  = aws_ecs_service.rich.cluster
}

data "aws_ecs_task_definition" "latest" {
  task_definition = aws_ecs_task_definition.breadth.family
}

data "aws_ecs_container_definition" "main" {
  task_definition = aws_ecs_task_definition.breadth.id
  container_name  = "main"
}
